import { expect, test } from "vitest";
import { looksRegistered, pagePath, pathOf, readAddress, readCheckCode } from "../src/address";

const NUMBER = "YJ-0123-4567-89AB-CDEZ";
const CODE = "0123456789ABCDEFGHJKMNPQRS";
const known = (check: string | null) => ({ ok: true, address: { number: NUMBER, check } });

test.each([
  NUMBER,
  "yj0123456789abcdez",
  " YJ 0123 4567 89AB CDEZ ",
  "YJ-O123-4567-89AB-CDEZ",
  "ＹＪ－0123－4567－89AB－CDEZ",
  "YJ—0123—4567–89AB−CDEZ",
  `${NUMBER}-1`,
  `${NUMBER} － 12 `,
  `/v/${NUMBER}-1`,
  `/v/${NUMBER}`,
  `https://example.org/v/${NUMBER}?from=paper#x`,
])("%s is read as the number it means", (typed) => {
  expect(readAddress(typed)).toEqual(known(null));
});

test("a path is read as people do, and what is no UTF-8 is no address", () => {
  expect(pathOf("/v/%E4%BD%9C")).toBe("/v/作");
  expect(readAddress(pathOf("/v/%E0%A4%A"))).toEqual({ ok: false, why: "mistyped" });
});

test("number and check code are told apart", () => {
  expect(readAddress(`/v/${NUMBER}-${CODE}`)).toEqual(known(CODE));
  expect(readAddress(`${NUMBER}-${CODE}`.toLowerCase())).toEqual(known(CODE));
});

test.each([
  "YJ-0123-4567-89AB-CDEV",
  "YJ-1023-4567-89AB-CDEZ",
  "YJ-0123-4567-89AB-CDE",
  `${NUMBER}-ABC`,
  `${NUMBER}-0`,
  `${NUMBER}1`,
  `${NUMBER}-1-1`,
  "作品",
  "YJ-0123-4567-89AB-CDEU",
])("%s is a typing error", (typed) => {
  expect(readAddress(typed)).toEqual({ ok: false, why: "mistyped" });
});

test("nothing typed is not an error but nothing", () => {
  expect(readAddress("  ")).toEqual({ ok: false, why: "empty" });
});

test("a check code has 26 characters of the alphabet", () => {
  expect(readCheckCode(CODE.toLowerCase())).toBe(CODE);
  expect(readCheckCode(CODE.slice(1))).toBeNull();
  expect(readCheckCode(`${CODE.slice(1)}U`)).toBeNull();
});

test("the page's address is what the QR code carries", () => {
  expect(pagePath({ number: NUMBER, check: CODE })).toBe(`/v/${NUMBER}-${CODE}`);
  expect(pagePath({ number: NUMBER, check: null })).toBe(`/v/${NUMBER}`);
});

test("a registration's number is told from a mistyped one", () => {
  for (const typed of [
    "津作登字-2026-F-00000001",
    "国 作 登 字",
    "２０２６ＳＲ0123456",
    "软著登字第0123456号",
  ]) {
    expect(looksRegistered(typed), typed).toBe(true);
  }
  for (const typed of ["YJ-0123-4567-89AB-CDEV", "作品", "山间.jpg"]) {
    expect(looksRegistered(typed), typed).toBe(false);
  }
});
