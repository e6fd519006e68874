import { expect, test } from "vitest";
import {
  askCertificate,
  askEvidence,
  askRegistration,
  type Detail,
  type Evidence,
} from "../src/asking";
import {
  clock,
  entryFacts,
  fileSaying,
  momentsOf,
  size,
  stepsOf,
  unreachable,
  VERDICTS,
} from "../src/words";

const FIRST = "a".repeat(64);
const SECOND = "b".repeat(64);

const detail: Detail = {
  state: "received",
  custody_mode: "stored",
  statement_sha256: null,
  files: [
    { position: 1, size: 1, sha256: FIRST, sm3: null },
    { position: 2, size: 2, sha256: SECOND, sm3: null },
  ],
  times: {
    submitted_at: "2026-03-01T17:30:00.123Z",
    stored_at: null,
    timestamped_at: null,
    block_time: null,
    certificate_issued_at: null,
  },
  token: null,
  tree: null,
  chain: null,
  certificate: null,
  revocation: null,
  registrations: [],
  entry: null,
};

const evidence: Evidence = {
  evidence_number: "YJ-0123-4567-89AB-CDEZ",
  kind: "evidence",
  verdict: "valid",
  deposited_on: "2026-03-02",
  sample: true,
  as_of: "2026-03-01T17:31:00Z",
  detail,
};

const address = { number: evidence.evidence_number, check: "0".repeat(26) };
const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  async () =>
    new Response(JSON.stringify(body), { status, headers });

test("a listed file is named by its place", () => {
  const said = fileSaying(evidence, detail, SECOND);
  expect(said.tone).toBe("good");
  expect(said.head[1]).toContain("file 2 of 2");
});

test("a file that is not listed is not among them, which is no accusation", () => {
  const said = fileSaying(evidence, detail, "c".repeat(64));
  expect(said.tone).toBe("plain");
  expect(said.head[1]).toContain("Not among");
  expect(said.text[0]).toContain("不表示它是伪造的");
});

test("the right file of revoked evidence is not called good", () => {
  const said = fileSaying({ ...evidence, verdict: "revoked" }, detail, FIRST);
  expect(said.tone).toBe("wait");
  expect(said.text[0]).toContain("已撤销");
});

test("of a registration is said what its office tells everybody, and no more", () => {
  const entry = {
    registration_number: "津作登字-2026-F-00000001",
    software_certificate_number: null,
    registered_on: "2026-03-02",
    office: { zh: "某机构", en: "Some office" },
    title: "山间",
    owners: ["张三", "李四"],
  };
  const said = (facts: ReturnType<typeof entryFacts>) => facts.map(([name]) => name[0]);
  const value = Object.fromEntries(entryFacts(entry).map(([[zh], told]) => [zh, told]));
  expect(value.登记号).toBe(entry.registration_number);
  expect(value.著作权人).toBe("张三、李四");
  expect(said(entryFacts({ ...entry, title: null, owners: null }))).toEqual([
    "登记号",
    "登记日",
    "登记机构",
  ]);
});

test("nothing is called done before it is", () => {
  const steps = stepsOf({ ...evidence, verdict: "pending" }, detail);
  expect(steps.map((each) => each.state)).toEqual([
    "done",
    "wait",
    "wait",
    "wait",
    "wait",
    "wait",
    "wait",
  ]);
});

test("a file that was never seen is not called stored", () => {
  const declared: Detail = { ...detail, custody_mode: "hash_only" };
  expect(stepsOf(evidence, declared)[1]?.text[1]).toContain("never seen");
  expect(momentsOf(evidence, declared)[1]?.who[1]).toContain("never seen");
});

test("there are five times, each with who controls it", () => {
  const moments = momentsOf(evidence, detail);
  expect(moments).toHaveLength(5);
  expect(moments.every((each) => each.who[0] !== "" && each.who[1] !== "")).toBe(true);
});

test("a register's record has files of before, and its times say so", () => {
  const names = (kind: Evidence["kind"]) =>
    momentsOf({ ...evidence, kind }, detail).map((each) => each.name[0]);
  const after = ["时间戳", "区块", "出具"];
  expect(names("evidence")).toEqual(["提交", "存入", ...after]);
  expect(names("registration")).toEqual(["文件存入", "记录提交", ...after]);
  expect(names("registration_revocation")).toEqual(["文件存入", "记录提交", ...after]);
});

test("a time is told at UTC+8 and in UTC", () => {
  expect(clock("2026-03-01T17:30:00.123456Z")).toEqual({
    local: "2026-03-02 01:30:00.123",
    utc: "2026-03-01 17:30:00.123 UTC",
  });
  expect(clock("2026-03-01T17:30:00Z").utc).toBe("2026-03-01 17:30:00 UTC");
});

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1536, "1.5 KiB (1,536 B)"],
  [5 * 1024 ** 3, "5.0 GiB (5,368,709,120 B)"],
])("%i bytes are written %s", (bytes, written) => {
  expect(size(bytes)).toBe(written);
});

test("every text is in both languages", () => {
  for (const said of [...Object.values(VERDICTS), unreachable(3)]) {
    expect(said.head[0]).toMatch(/[一-鿿]/);
    expect(said.text[0]).toMatch(/[一-鿿]/);
    expect(said.text[1]).toMatch(/^[A-Z][^一-鿿]*$/);
  }
});

test.each([404, 422])("%i means unknown", async (status) => {
  expect(await askEvidence(address, answers(status, {}))).toEqual({ kind: "unknown" });
});

test.each([429, 500, 503])("%i is never taken for unknown", async (status) => {
  const answer = await askEvidence(address, answers(status, {}, { "Retry-After": "7" }));
  expect(answer).toEqual({ kind: "unreachable", waitSeconds: 7 });
});

test("a broken connection or a page of somebody else is never taken for unknown", async () => {
  const cut = async () => {
    throw new TypeError("failed to fetch");
  };
  expect((await askEvidence(address, cut)).kind).toBe("unreachable");
  expect((await askEvidence(address, answers(200, { hello: 1 }))).kind).toBe("unreachable");
  expect((await askCertificate(FIRST, answers(200, "no"))).kind).toBe("unreachable");
});

test("only the digest of a certificate is sent", async () => {
  const sent: (RequestInit | undefined)[] = [];
  await askCertificate(FIRST, async (_path, init) => {
    sent.push(init);
    return new Response('{"known": false}');
  });
  expect(sent.map((each) => each?.body)).toEqual([`{"sha256":"${FIRST}"}`]);
});

test("a registration's number leads to its record, and what cannot be asked is not unknown", async () => {
  const known = {
    evidence_number: evidence.evidence_number,
    verdict: "valid",
    registration_number: "2026SR0000001",
  };
  expect(await askRegistration("x", answers(200, known))).toEqual({
    kind: "known",
    number: evidence.evidence_number,
    registered: known,
  });
  expect((await askRegistration("x", answers(422, {}))).kind).toBe("unknown");
  expect((await askRegistration("x", answers(503, {}))).kind).toBe("unreachable");
  expect((await askRegistration("\ud800", answers(200, known))).kind).toBe("unreachable");
});
