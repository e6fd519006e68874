/**
 * The server's public answers, as values.
 *
 * Promises: a question ends in exactly one of the answers below, never in an exception; whatever
 * is not a clear answer of the server is "unreachable", never "unknown". Only numbers, check codes
 * and digests are ever sent.
 */

import type { Address } from "./address";

export type Verdict = "valid" | "pending" | "revoked" | "superseded" | "suspended" | "rejected";

export interface ListedFile {
  position: number;
  size: number;
  sha256: string;
  sm3: string | null;
}

/** A registration, as whoever knows its number is told of it. */
export interface Registered {
  registration_number: string;
  software_certificate_number: string | null;
  registered_on: string;
}

/** The registration that a register's record, or a revocation's, is about. */
export interface Entry extends Registered {
  office: { zh: string; en: string };
  /** Null unless the office announces it to everybody; so are the owners. */
  title: string | null;
  owners: string[] | null;
}

export interface Detail {
  state: string;
  custody_mode: "stored" | "hash_only";
  statement_sha256: string | null;
  files: ListedFile[];
  times: {
    submitted_at: string;
    stored_at: string | null;
    timestamped_at: string | null;
    block_time: string | null;
    certificate_issued_at: string | null;
  };
  token: {
    authority: string;
    serial: string;
    policy: string;
    controller_zh: string;
    controller_en: string;
  } | null;
  tree: { leaf_hash: string; leaf_index: number; size: number; root: string } | null;
  chain: {
    name_zh: string;
    name_en: string;
    controller_zh: string;
    controller_en: string;
    chain_id: number;
    contract: string;
    transaction: string;
    block_number: number;
    block_hash: string;
    confirmations: number;
  } | null;
  certificate: { number: string; edition: number; ready: boolean } | null;
  revocation: { reason: number; requested_at: string } | null;
  registrations: string[];
  entry: Entry | null;
}

export interface Evidence {
  evidence_number: string;
  kind: "evidence" | "registration" | "registration_revocation" | "audit";
  verdict: Verdict;
  deposited_on: string;
  sample: boolean;
  as_of: string;
  detail: Detail | null;
}

export type EvidenceAnswer =
  | { kind: "known"; evidence: Evidence }
  | { kind: "unknown" }
  | { kind: "unreachable"; waitSeconds: number | null };

export type RegistrationAnswer =
  | { kind: "known"; number: string; registered: Registered }
  | { kind: "unknown" }
  | { kind: "unreachable"; waitSeconds: number | null };

export type CertificateAnswer =
  | { kind: "known"; number: string; verdict: Verdict }
  | { kind: "unknown" }
  | { kind: "unreachable"; waitSeconds: number | null };

type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** What is known under this number; with its check code, everything that may be told. */
export async function askEvidence(address: Address, ask: Fetch = fetch): Promise<EvidenceAnswer> {
  const query = address.check === null ? "" : `?check=${encodeURIComponent(address.check)}`;
  const path = `/api/v1/public/evidence/${encodeURIComponent(address.number)}${query}`;
  const answer = await json(() => ask(path, { cache: "no-store" }));
  if (answer.status === 404 || answer.status === 422) return { kind: "unknown" };
  if (answer.status !== 200 || !isEvidence(answer.body)) return unreachable(answer);
  return { kind: "known", evidence: answer.body };
}

/** A registration, and the number of the evidence that records it, by any of its numbers as typed. */
export async function askRegistration(
  typed: string,
  ask: Fetch = fetch,
): Promise<RegistrationAnswer> {
  const answer = await json(() =>
    ask(`/api/v1/public/registrations/${encodeURIComponent(typed)}`, { cache: "no-store" }),
  );
  if (answer.status === 404 || answer.status === 422) return { kind: "unknown" };
  if (answer.status !== 200 || !isEvidence(answer.body)) return unreachable(answer);
  const registered = answer.body as unknown as Registered;
  return { kind: "known", number: answer.body.evidence_number, registered };
}

/** Whether a certificate with these bytes was issued; only the digest is sent. */
export async function askCertificate(
  sha256: string,
  ask: Fetch = fetch,
): Promise<CertificateAnswer> {
  const answer = await json(() =>
    ask("/api/v1/public/certificates", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sha256 }),
    }),
  );
  const body = answer.body as { known?: unknown; certificate_number?: string; verdict?: Verdict };
  if (answer.status !== 200 || typeof body?.known !== "boolean") return unreachable(answer);
  if (!body.known) return { kind: "unknown" };
  return {
    kind: "known",
    number: body.certificate_number ?? "",
    verdict: body.verdict ?? "pending",
  };
}

interface Answer {
  status: number;
  body: unknown;
  waitSeconds: number | null;
}

async function json(ask: () => Promise<Response>): Promise<Answer> {
  try {
    const response = await ask();
    const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
    return {
      status: response.status,
      body: await response.json(),
      waitSeconds: Number.isFinite(wait) ? wait : null,
    };
  } catch {
    return { status: 0, body: null, waitSeconds: null };
  }
}

function unreachable(answer: Answer): { kind: "unreachable"; waitSeconds: number | null } {
  return { kind: "unreachable", waitSeconds: answer.waitSeconds };
}

function isEvidence(body: unknown): body is Evidence {
  const found = body as Partial<Evidence> | null;
  return typeof found?.evidence_number === "string" && typeof found.verdict === "string";
}
