/**
 * SHA-256 of a file of any size in flat memory.
 *
 * Promises: at most one slice of the file is in memory at a time; the digest is that of exactly
 * the bytes read; a file that changes or vanishes while it is read ends in an exception.
 */

import { createSHA256 } from "hash-wasm";

export const SLICE = 4 * 1024 * 1024;

/** 64 lower-case hex digits; `onProgress` is told the bytes done after each slice. */
export async function sha256(file: Blob, onProgress: (done: number) => void): Promise<string> {
  const hash = await createSHA256();
  for (let at = 0; at < file.size; at += SLICE) {
    const slice = file.slice(at, Math.min(at + SLICE, file.size));
    hash.update(new Uint8Array(await slice.arrayBuffer()));
    onProgress(Math.min(at + SLICE, file.size));
  }
  return hash.digest("hex");
}
