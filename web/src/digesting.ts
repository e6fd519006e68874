/**
 * A file's digest, made in a worker. The file itself is read by the browser and goes nowhere.
 *
 * Promises: the worker is gone when the promise settles, also after `cancel`.
 */

import type { Said } from "./hashing.worker";

export type Outcome =
  | { kind: "digest"; sha256: string }
  | { kind: "unreadable" }
  | { kind: "cancelled" };

export interface Digesting {
  outcome: Promise<Outcome>;
  cancel: () => void;
}

/** Begin; `onProgress` gets the share done, from 0 to 1. */
export function digest(file: File, onProgress: (share: number) => void): Digesting {
  const worker = new Worker(new URL("./hashing.worker.ts", import.meta.url), { type: "module" });
  let settle: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => {
    settle = (result) => {
      worker.terminate();
      resolve(result);
    };
  });
  worker.onmessage = (message: MessageEvent<Said>) => {
    const said = message.data;
    if (said.kind === "progress") onProgress(file.size === 0 ? 1 : said.done / file.size);
    else settle(said);
  };
  worker.onerror = () => settle({ kind: "unreadable" });
  worker.postMessage(file);
  return { outcome, cancel: () => settle({ kind: "cancelled" }) };
}
