import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { SLICE, sha256 } from "../src/hashing";

test.each([0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 12_345])(
  "the digest of %i bytes is that of another implementation",
  async (length) => {
    const bytes = randomBytes(length);
    const told: number[] = [];
    const digest = await sha256(new Blob([bytes]), (done) => told.push(done));
    expect(digest).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(told.at(-1) ?? 0).toBe(length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  },
);

test("a file that cannot be read to its end gives no digest", async () => {
  const broken = new Blob([new Uint8Array(10)]);
  broken.slice = () => {
    throw new DOMException("gone", "NotReadableError");
  };
  await expect(sha256(broken, () => undefined)).rejects.toThrow("gone");
});
