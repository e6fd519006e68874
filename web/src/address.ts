/**
 * Evidence numbers and check codes as people type, paste or scan them.
 *
 * Promises: what `readAddress` returns is written as the server writes it; a typing error in the
 * number is found here, by its check character, without asking anybody.
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BODY = 16;
const CODE = 26;
/** Spaces, and any of the dashes that a word processor makes. */
const BETWEEN = /[\s\-‐-―−]+/g;
/** After a certificate's number: `-1`, set apart as it is printed. */
const EDITION = /-([1-9]\d{0,3})$/;

export interface Address {
  number: string;
  /** Null when only the number is known. */
  check: string | null;
}

export type Reading = { ok: true; address: Address } | { ok: false; why: "empty" | "mistyped" };

/** Read the number of an evidence or of its certificate, with or without its check code, or a whole
 * address that holds them. */
export function readAddress(text: string): Reading {
  const place = text.includes("/v/") ? (text.split("/v/").pop() ?? "") : text;
  const typed = grouped(place.split(/[?#]/)[0] ?? "");
  const characters = typed.replace(/-/g, "").replace(/^YJ/, "");
  if (characters === "") return { ok: false, why: "empty" };
  const body = characters.slice(0, BODY);
  const rest = characters.slice(BODY);
  const code = rest === EDITION.exec(typed)?.[1] ? "" : rest;
  const known = [...characters].every((each) => ALPHABET.includes(each));
  const whole = body.length === BODY && (code === "" || code.length === CODE);
  if (!known || !whole || checkCharacter(body.slice(0, -1)) !== body.slice(-1)) {
    return { ok: false, why: "mistyped" };
  }
  return { ok: true, address: { number: dressed(body), check: code === "" ? null : code } };
}

/** Whether it may be meant for a registration's number, or a certificate's of software: 登字, 2026SR. */
export function looksRegistered(text: string): boolean {
  return /登字|^\d{4}-?[A-Z]{2,4}-?\d/.test(
    text.normalize("NFKC").toUpperCase().replace(/\s/g, ""),
  );
}

/** A check code typed by itself, or null when it cannot be one. */
export function readCheckCode(text: string): string | null {
  const code = grouped(text).replace(/-/g, "");
  return code.length === CODE && [...code].every((each) => ALPHABET.includes(each)) ? code : null;
}

/** Where the page of this evidence is. */
export function pagePath(address: Address): string {
  return `/v/${address.number}${address.check === null ? "" : `-${address.check}`}`;
}

/** Where the page of this registration is. */
export function registeredPath(registered: { registration_number: string }): string {
  return `/v/${encodeURIComponent(registered.registration_number)}`;
}

/** A path as people read it; what is no UTF-8 stays as it is, and is then no address. */
export function pathOf(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Half width, capitals, one hyphen between groups, 0 for O. */
function grouped(text: string): string {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(BETWEEN, "-")
    .replace(/^-|-$/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
}

function dressed(body: string): string {
  return `YJ-${body.match(/.{4}/g)?.join("-")}`;
}

/** Luhn mod 32, doubling from the right. */
function checkCharacter(body: string): string {
  let total = 0;
  [...body].reverse().forEach((character, place) => {
    const value = ALPHABET.indexOf(character) * (place % 2 === 0 ? 2 : 1);
    total += Math.floor(value / 32) + (value % 32);
  });
  return ALPHABET[(32 - (total % 32)) % 32] ?? "";
}
