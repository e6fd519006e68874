/** From answers to elements: the verdict and the story of one evidence. */

import type { Detail, Evidence, Registered } from "./asking";
import { type Both, both, type Child, h } from "./dom";
import {
  clock,
  entryFacts,
  type Moment,
  momentsOf,
  registeredFacts,
  type Saying,
  type Step,
  size,
  stepsOf,
  type Tone,
} from "./words";

const KINDS: Record<Evidence["kind"], Both> = {
  evidence: ["存证，不是著作权登记", "Evidence, not a copyright registration"],
  registration: ["登记的记录", "The record of a registration"],
  registration_revocation: ["撤销登记的记录", "The record of a registration's revocation"],
  audit: ["审计记录", "An audit's head"],
};
const SVG = "http://www.w3.org/2000/svg";
const SHAPES: Record<Tone, string> = {
  good: "M5 12.5l4.5 4.5L19 7.5",
  wait: "M12 7v5.5l3.5 2",
  bad: "M8 8l8 8M16 8l-8 8",
  plain: "M12 8v.01M12 11.5v5",
};

/** A small sign beside the words; it says nothing that they do not say. */
export function mark(tone: Tone): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    class: "mark",
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "2",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  })) {
    svg.setAttribute(name, value);
  }
  const ring = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: "12", cy: "12", r: "10" })) {
    ring.setAttribute(name, value);
  }
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", SHAPES[tone]);
  svg.append(ring, shape);
  return svg;
}

/** Headline and sentence of a saying. */
export function saying(said: Saying, level: "h2" | "h3"): Child[] {
  return [
    h(
      level,
      {},
      mark(said.tone),
      h("span", {}, said.head[0]),
      h("span", { class: "en", lang: "en" }, said.head[1]),
    ),
    h("p", { class: "text" }, both(said.text)),
  ];
}

/** Registrations that grew from this evidence. */
function grown(numbers: string[]): Child[] {
  if (numbers.length === 0) return [];
  return pair("已登记", "Registered as", h("span", { class: "mono" }, numbers.join(" ")));
}

/** The registration this is the record of, as the register has it. */
function entered(evidence: Evidence, registered: Registered | null): Child[] {
  const entry = evidence.detail?.entry ?? null;
  const told = registered === null ? [] : registeredFacts(registered);
  const facts = entry === null ? told : entryFacts(entry);
  return facts.flatMap(([[zh, en], value]) =>
    pair(zh, en, typeof value === "string" ? value : both(value)),
  );
}

/** The facts under the verdict: number, day, kind; the registration that was asked for. */
export function facts(evidence: Evidence, registered: Registered | null = null): HTMLElement {
  const asOf = clock(evidence.as_of).local.slice(0, 19);
  return h(
    "dl",
    { class: "facts" },
    ...pair("存证编号", "Evidence number", h("span", { class: "mono" }, evidence.evidence_number)),
    ...pair("存证日", "Deposited on", `${evidence.deposited_on} (UTC+8)`),
    ...pair("类别", "Kind", both(KINDS[evidence.kind])),
    ...entered(evidence, registered),
    ...grown(evidence.detail?.registrations ?? []),
    ...pair("查询时间", "Asked at", `${asOf} (UTC+8)`),
  );
}

/** Steps, times, files and place on the chain. */
export function story(evidence: Evidence, detail: Detail): Child[] {
  return [
    heading("经过", "Step by step"),
    h("ol", { class: "card steps" }, ...stepsOf(evidence, detail).map(step)),
    heading("五个时间", "Five times, and who controls each"),
    h("div", { class: "card" }, times(momentsOf(evidence, detail))),
    detail.files.length === 0 ? null : heading("文件", "Files"),
    detail.files.length === 0 ? null : files(detail),
    detail.tree === null ? null : heading("链上位置", "Place on the chain"),
    detail.tree === null ? null : h("div", { class: "card" }, chain(detail)),
  ];
}

function heading(zh: string, en: string): HTMLElement {
  return h("h2", {}, both([zh, en]));
}

const TONE_OF: Record<Step["state"], Tone> = { done: "good", wait: "wait", stop: "bad" };
const STATE_WORD = {
  done: ["完成", "done"],
  wait: ["未完", "not yet"],
  stop: ["中止", "stopped"],
} as const;

function step(each: Step): HTMLElement {
  const [zh, en] = STATE_WORD[each.state];
  return h(
    "li",
    { class: `state-${each.state}` },
    mark(TONE_OF[each.state]),
    h(
      "div",
      {},
      h(
        "p",
        { class: "step-name" },
        both(each.name),
        h("span", { class: "quietly" }, `${zh} ${en}`),
      ),
      h("p", {}, both(each.text)),
    ),
  );
}

function times(moments: Moment[]): HTMLElement {
  const head = (zh: string, en: string) => h("th", { scope: "col" }, both([zh, en]));
  return h(
    "table",
    { class: "times" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head("时间", "Time"),
        head("北京时间 UTC+8", "and UTC"),
        head("谁控制", "Who controls it"),
      ),
    ),
    h("tbody", {}, ...moments.map(moment)),
  );
}

function moment(each: Moment): HTMLElement {
  const told = each.time === null ? null : clock(each.time);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, both(each.name)),
    told === null || each.time === null
      ? h("td", {}, "—")
      : h(
          "td",
          {},
          h("time", { class: "mono", datetime: each.time }, told.local),
          h("span", { class: "en mono" }, told.utc),
        ),
    h("td", {}, both(each.who)),
  );
}

function files(detail: Detail): HTMLElement {
  return h(
    "ol",
    { class: "card files" },
    ...detail.files.map((file) =>
      h(
        "li",
        {},
        size(file.size),
        h("code", { class: "digest" }, `SHA-256 ${file.sha256}`),
        file.sm3 === null ? null : h("code", { class: "digest" }, `SM3 ${file.sm3}`),
        detail.custody_mode === "hash_only"
          ? h("span", {}, both(["申报，文件未经本平台查看", "Declared; file never seen"]))
          : null,
      ),
    ),
  );
}

function chain(detail: Detail): HTMLElement {
  const { tree, chain: link, token } = detail;
  const rows: Child[] = [];
  const row = (zh: string, en: string, value: Child) => rows.push(...pair(zh, en, value));
  const code = (value: string | null | undefined) => h("code", {}, value ?? "—");
  row("声明", "Statement SHA-256", code(detail.statement_sha256));
  row("叶", "Leaf hash", code(tree?.leaf_hash));
  if (tree !== null) {
    row(
      "位置",
      "Place in tree",
      both([
        `第 ${tree.leaf_index + 1} 叶，共 ${tree.size} 叶`,
        `Leaf index ${tree.leaf_index}, tree size ${tree.size} (RFC 6962)`,
      ]),
    );
  }
  row("根", "Merkle root", code(tree?.root));
  if (link !== null) {
    row(
      "链",
      "Chain",
      both([`${link.name_zh} ${link.chain_id}`, `${link.name_en}, chain id ${link.chain_id}`]),
    );
    row("合约", "Contract", code(link.contract));
    row("交易", "Transaction", code(link.transaction));
    row("区块", "Block", `${link.block_number}`);
    row("区块摘要", "Block hash", code(link.block_hash));
  }
  if (token !== null) row("时间戳序号", "Token serial", code(token.serial));
  return h("dl", {}, ...rows);
}

function pair(zh: string, en: string, value: Child): Child[] {
  return [h("dt", {}, both([zh, en])), h("dd", {}, value)];
}
