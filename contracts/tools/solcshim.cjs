// Answers the two calls that forge and slither make of a native solc, with the compiler from npm.
// --version prints the line they parse; --standard-json compiles standard input to standard output.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const solc = require("solc");

const BANNER = "solc, the solidity compiler commandline interface";

// solc-js has no file system of its own: imports that are not inlined are read below `contracts/`.
function readImport(name) {
  const root = path.resolve(__dirname, "..");
  for (const base of [root, path.join(root, "node_modules")]) {
    const file = path.resolve(base, name);
    if (file.startsWith(root + path.sep) && fs.existsSync(file)) {
      return { contents: fs.readFileSync(file, "utf8") };
    }
  }
  return { error: `not found below the contracts folder: ${name}` };
}

const args = process.argv.slice(2);
if (args.includes("--version")) {
  // The suffix is part of the version; forge refuses one it cannot parse.
  const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");
  process.stdout.write(`${BANNER}\nVersion: ${version}\n`);
} else if (args.includes("--standard-json")) {
  const input = fs.readFileSync(0, "utf8");
  process.stdout.write(solc.compile(input, { import: readImport }));
} else {
  process.stderr.write(`unsupported arguments: ${args.join(" ")}\n`);
  process.exitCode = 2;
}
