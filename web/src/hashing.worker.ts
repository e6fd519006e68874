/** Hashes one file away from the page's own thread, then is thrown away. */

import { sha256 } from "./hashing";

export type Said =
  | { kind: "progress"; done: number }
  | { kind: "digest"; sha256: string }
  | { kind: "unreadable" };

self.onmessage = async (message: MessageEvent<File>) => {
  const say = (said: Said) => self.postMessage(said);
  try {
    const digest = await sha256(message.data, (done) => say({ kind: "progress", done }));
    say({ kind: "digest", sha256: digest });
  } catch {
    say({ kind: "unreadable" });
  }
};
