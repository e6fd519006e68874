/**
 * What the page says, in plain words, Chinese first. Values in, values out: nothing is drawn here.
 *
 * Promises: says only what follows from the answer; never "forged"; never that a file that is not
 * listed is wrong, only that it is not among the files.
 */

import type { Detail, Entry, Evidence, Registered, Verdict } from "./asking";
import type { Both } from "./dom";

export type Tone = "good" | "wait" | "bad" | "plain";

export interface Saying {
  tone: Tone;
  head: Both;
  text: Both;
}

export const VERDICTS: Record<Verdict, Saying> = {
  valid: {
    tone: "good",
    head: ["有效", "Valid"],
    text: [
      "存证已打时间戳、已上链，未被撤销。",
      "The evidence is time-stamped, anchored and not revoked.",
    ],
  },
  pending: {
    tone: "wait",
    head: ["正在上链", "Being anchored"],
    text: [
      "存证已收到，还在办理，通常几秒即可。本页会自动更新。",
      "Received and still in progress; seconds, as a rule. This page updates by itself.",
    ],
  },
  revoked: {
    tone: "bad",
    head: ["已撤销", "Revoked"],
    text: [
      "此存证已被撤销，撤销已写入区块链，不可恢复。",
      "This evidence was revoked; the revocation stands on the chain for good.",
    ],
  },
  superseded: {
    tone: "wait",
    head: ["已被替换", "Superseded"],
    text: [
      "此证书已由新的一版替换，请向持有人索取新版。",
      "A newer edition replaces this certificate: ask its holder for it.",
    ],
  },
  suspended: {
    tone: "wait",
    head: ["暂缓", "Suspended"],
    text: [
      "区块链发生重组，正在重新上链。此间不下结论，请稍后再看。",
      "The chain was reorganised and the record is being anchored again. No verdict until then.",
    ],
  },
  rejected: {
    tone: "bad",
    head: ["未被接受", "Not accepted"],
    text: [
      "文件与申报不符，此次存证没有成立，也没有证书。",
      "The files were not what was declared: no evidence and no certificate came of it.",
    ],
  },
};

export const UNKNOWN: Saying = {
  tone: "plain",
  head: ["查不到", "Not known here"],
  text: [
    "没有这个编号，或校验码不符。请核对编号，也请核对网址是否为出具方的。查不到不等于伪造。",
    "No such number, or the check code is wrong. Compare the number, and the address with the issuer's. Not found does not mean forged.",
  ],
};

export const MISTYPED: Saying = {
  tone: "plain",
  head: ["编号有误", "A typing error"],
  text: [
    "这不是一个存证编号，请逐字核对证书上的编号。",
    "This is not an evidence number. Compare it with the certificate, character by character.",
  ],
};

export const UNREGISTERED: Saying = {
  ...UNKNOWN,
  text: [
    "本登记簿查无此登记号，请逐字核对，也请核对网址是否为登记机构的。查不到不等于伪造。",
    "Not a number of this register. Compare it, and the address with the office's. Not found does not mean forged.",
  ],
};

export function unreachable(waitSeconds: number | null): Saying {
  return {
    tone: "plain",
    head: ["现在问不到", "No answer just now"],
    text: [
      `服务器暂时没有答复${waitSeconds === null ? "" : `，请 ${waitSeconds} 秒后再试`}。这不说明证书有任何问题，证书可以不经本站核验。`,
      `The server did not answer${waitSeconds === null ? "" : `: try again in ${waitSeconds} s`}. That says nothing about the certificate, which can be checked without this site.`,
    ],
  };
}

export interface Step {
  state: "done" | "wait" | "stop";
  name: Both;
  text: Both;
}

const NEVER_SEEN: Both = [
  "只申报了摘要，文件从未经过本平台。",
  "Only digests were declared; the files were never seen here.",
];

/** The way of this evidence so far, one step after the other. */
export function stepsOf(evidence: Evidence, detail: Detail): Step[] {
  const { token, tree, chain, certificate } = detail;
  const done = (fact: unknown): Step["state"] => (fact ? "done" : "wait");
  const hashOnly = detail.custody_mode === "hash_only";
  const confirmed = chain === null ? 0 : chain.confirmations;
  return [
    {
      state: "done",
      name: ["收到", "Received"],
      text: ["存证请求已收到并记下时间。", "The deposit arrived and its time was kept."],
    },
    {
      state: done(detail.statement_sha256),
      name: hashOnly ? ["登记摘要", "Digests declared"] : ["存入", "Stored"],
      text: hashOnly
        ? NEVER_SEEN
        : [
            "文件存妥后又读回，摘要与申报一致。",
            "The files were stored, read back, and their digests were those declared.",
          ],
    },
    {
      state: done(token),
      name: ["盖时间戳", "Time-stamped"],
      text:
        token === null
          ? ["等待时间戳。", "Waiting for the time-stamp."]
          : [
              `${token.authority} 对声明签了时间(RFC 3161)。`,
              `${token.authority} signed the time over the statement (RFC 3161).`,
            ],
    },
    {
      state: done(tree),
      name: ["封存", "Sealed"],
      text:
        tree === null
          ? ["等待与其他存证一起封存。", "Waiting to be sealed."]
          : [
              `封入一棵含 ${tree.size} 份存证的树，次序与根从此固定。`,
              `Sealed in a tree of ${tree.size}; order and root are fixed from then on.`,
            ],
    },
    {
      state: chain === null ? "wait" : evidence.verdict === "suspended" ? "stop" : "done",
      name: ["上链", "Anchored"],
      text:
        chain === null
          ? ["等待区块确认。", "Waiting for the block."]
          : [
              `树根已写入第 ${chain.block_number} 号区块，确认 ${confirmed} 次。`,
              `The root stands in block ${chain.block_number}, confirmed ${confirmed} time${confirmed === 1 ? "" : "s"}.`,
            ],
    },
    {
      state: done(certificate?.ready),
      name: ["出证", "Certified"],
      text:
        certificate === null
          ? ["等待出具证书。", "The certificate comes next."]
          : certificate.ready
            ? [
                `证书 ${certificate.number} 已签名出具。`,
                `Certificate ${certificate.number} was signed.`,
              ]
            : [`证书 ${certificate.number} 正在制作。`, `${certificate.number} is being made.`],
    },
    standing(evidence),
  ];
}

function standing(evidence: Evidence): Step {
  const said = VERDICTS[evidence.verdict];
  const state = { good: "done", wait: "wait", bad: "stop", plain: "wait" } as const;
  const reason = evidence.detail?.revocation;
  return {
    state: state[said.tone],
    name: ["现状", "Now"],
    text: reason
      ? [
          `${said.head[0]}，原因代码 ${reason.reason}。`,
          `${said.head[1]}, reason code ${reason.reason}.`,
        ]
      : [`${said.head[0]}。`, `${said.head[1]}.`],
  };
}

export interface Moment {
  name: Both;
  /** RFC 3339, or null when there is none (yet). */
  time: string | null;
  who: Both;
}

const OURS: Both = ["出具方的时钟，由出具方控制", "The issuer's clock, controlled by the issuer"];

/** Whether it is about what a register entered, or revoked: such a record has files of before. */
export function isRecord(kind: Evidence["kind"]): boolean {
  return kind === "registration" || kind === "registration_revocation";
}

/** The five times and who controls each, named as on the certificate (certs/layout_labels.py). */
export function momentsOf(evidence: Evidence, detail: Detail): Moment[] {
  const { times, token, chain } = detail;
  const record = isRecord(evidence.kind);
  const submitted: Moment = {
    name: record ? ["记录提交", "Record submitted"] : ["提交", "Submitted"],
    time: times.submitted_at,
    who: OURS,
  };
  const stored: Moment = {
    name: record ? ["文件存入", "Files stored"] : ["存入", "Stored"],
    time: times.stored_at,
    who: detail.custody_mode === "hash_only" ? NEVER_SEEN : OURS,
  };
  return [
    ...(record ? [stored, submitted] : [submitted, stored]),
    {
      name: ["时间戳", "Time-stamp"],
      time: times.timestamped_at,
      who:
        token === null
          ? ["尚无", "None yet"]
          : [`${token.authority}，${token.controller_zh}`, sentence(token.controller_en)],
    },
    {
      name: ["区块", "Block"],
      time: times.block_time,
      who:
        chain === null
          ? ["尚无", "None yet"]
          : [
              `${chain.name_zh}自报，${chain.controller_zh}`,
              `As the block claims; ${chain.controller_en}`,
            ],
    },
    { name: ["出具", "Issued"], time: times.certificate_issued_at, who: OURS },
  ];
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What a kind of evidence proves, and what it does not; of a record as on its certificate. */
export const SCOPES: Partial<Record<Evidence["kind"], Both>> = {
  registration: [
    "证明登记记录与所列文件自时间戳之时起存在且未改动；登记是权属的初步证明。不证明作者身份、独创性或合法性；登记机构作形式审查，有相反证据的，以相反证据为准。",
    "It proves that the record and the files listed existed at the time of the time-stamp and are unchanged since; a registration is preliminary proof of ownership. It does not prove authorship, originality or legality: the office examines form only, and better evidence to the contrary prevails.",
  ],
  registration_revocation: [
    "证明撤销登记的记录自时间戳之时起存在且未改动；不证明撤销的理由属实。",
    "It proves that the record of the revocation existed at the time of the time-stamp and is unchanged since, not that its ground is true.",
  ],
};

type Fact = [Both, string | Both | null];

function known(facts: Fact[]): [Both, string | Both][] {
  return facts.filter((each): each is [Both, string | Both] => each[1] !== null);
}

/** What everybody is told of a registration by its number. */
export function registeredFacts(registered: Registered): [Both, string | Both][] {
  return known([
    [["登记号", "Registration number"], registered.registration_number],
    [["软件证书号", "Certificate of software"], registered.software_certificate_number],
    [["登记日", "Registered on"], `${registered.registered_on} (UTC+8)`],
  ]);
}

/** What the register says, to be compared with the certificate in hand: name and value. */
export function entryFacts(entry: Entry): [Both, string | Both][] {
  return [
    ...registeredFacts(entry),
    ...known([
      [
        ["登记机构", "Office"],
        [entry.office.zh, entry.office.en],
      ],
      [["登记名称", "Title as registered"], entry.title],
      [["著作权人", "Owners"], entry.owners === null ? null : entry.owners.join("、")],
    ]),
  ];
}

/** A time at UTC+8 and in UTC, to the millisecond where it has one: a block counts seconds. */
export function clock(time: string): { local: string; utc: string } {
  const moment = new Date(time);
  const written = (at: Date) =>
    at
      .toISOString()
      .replace("T", " ")
      .replace(/(\.000)?Z/, "");
  return {
    local: `${written(new Date(moment.getTime() + 8 * 3600 * 1000))}`,
    utc: `${written(moment)} UTC`,
  };
}

/** A size as people say it, with the exact bytes. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const exact = bytes.toLocaleString("en-US");
  return unit === 0 ? `${exact} B` : `${value.toFixed(1)} ${units[unit]} (${exact} B)`;
}

/** What to say of a file whose digest is now known. */
export function fileSaying(evidence: Evidence, detail: Detail, sha256: string): Saying {
  const file = detail.files.find((each) => each.sha256 === sha256);
  if (file === undefined) {
    return {
      tone: "plain",
      head: ["不在本存证的文件之中", "Not among the files of this evidence"],
      text: [
        "它与所列文件至少差一个字节：可能是另一版本，可能另存、压缩或转发时被改过，也可能选错了。这不表示它是伪造的。",
        "It differs from every listed file by a byte at least: another version, a copy that was re-saved, compressed or forwarded, or simply another file. That does not make it forged.",
      ],
    };
  }
  const count = detail.files.length;
  const which: Both =
    count === 1
      ? ["正是本存证的文件", "This is the file of this evidence"]
      : [
          `正是本存证的第 ${file.position} 个文件（共 ${count} 个）`,
          `This is file ${file.position} of ${count} of this evidence`,
        ];
  const verdict = VERDICTS[evidence.verdict];
  return {
    tone: verdict.tone === "good" ? "good" : "wait",
    head: which,
    text:
      verdict.tone === "good"
        ? ["逐字节相同，一位未改。", "The same to the last byte."]
        : [
            `逐字节相同；但请注意存证现状：${verdict.head[0]}。`,
            `The same to the last byte; but mind how the evidence stands: ${verdict.head[1].toLowerCase()}.`,
          ],
  };
}
