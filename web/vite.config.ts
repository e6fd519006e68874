// Two pages, no framework. Nothing is inlined: the server's policy allows only files of its own.
import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { home: resolve(here, "index.html"), check: resolve(here, "check.html") },
    },
  },
  worker: { format: "es" },
});
