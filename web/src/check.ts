/** The page of one evidence, or of a registration by its number: asks once, shows the verdict, and
 * compares files on this machine. */

import {
  type Address,
  looksRegistered,
  pagePath,
  pathOf,
  readAddress,
  readCheckCode,
} from "./address";
import {
  askCertificate,
  askEvidence,
  askRegistration,
  type Detail,
  type Evidence,
  type Registered,
} from "./asking";
import { at, both, fill, h } from "./dom";
import { facts, saying, story } from "./drawing";
import { dropPlace } from "./dropping";
import {
  fileSaying,
  MISTYPED,
  type Saying,
  SCOPES,
  UNKNOWN,
  UNREGISTERED,
  unreachable,
  VERDICTS,
} from "./words";

const AGAIN_MS = [1000, 1000, 2000, 2000, 3000, 5000, 10_000];
const MOST_QUESTIONS = 60;

const verdict = at("verdict");
let latest: Evidence | null = null;
/** Set when the registration's number was asked for. */
let registered: Registered | null = null;

function show(said: Saying, ...more: HTMLElement[]): void {
  verdict.className = `verdict card tone-${said.tone}`;
  verdict.setAttribute("aria-busy", "false");
  fill(verdict, ...saying(said, "h2"), ...more);
  document.title = `${said.head[0]} ${said.head[1]} · 印记 Yinji`;
}

function showEvidence(evidence: Evidence, address: Address): void {
  const changed = latest?.verdict !== evidence.verdict;
  const first = latest === null;
  latest = evidence;
  // This certificate's own word counts here, whatever the installation issues today.
  document.documentElement.dataset.sample = evidence.sample ? "yes" : "no";
  // Said again only when it has changed: a screen reader would repeat it at every question.
  if (changed) show(VERDICTS[evidence.verdict], facts(evidence, registered));
  const scope = SCOPES[evidence.kind];
  if (scope !== undefined) fill(at("scope-body"), both(scope));
  const detail = evidence.detail;
  if (detail !== null) {
    const place = at("story");
    place.hidden = false;
    place.className = "story";
    fill(place, ...story(evidence, detail));
  }
  const body = at("compare-body");
  if (detail !== null && detail.files.length > 0 && body.childElementCount === 0) {
    at("compare").hidden = false;
    fill(body, workPlace());
  } else if (detail === null && first) {
    at("compare").hidden = false;
    fill(body, codeForm(address));
  }
}

function workPlace(): HTMLElement {
  return dropPlace({
    id: "work",
    label: ["把作品文件拖到这里，或点按选择", "Drop the work's file here, or choose it"],
    note: [
      "文件只在你的浏览器里计算摘要，不会离开这台设备；本站收不到它的任何内容。",
      "The file is digested in your browser and never leaves this device; nothing of it is sent.",
    ],
    judge: async (sha256) => fileSaying(latest as Evidence, latest?.detail as Detail, sha256),
  });
}

/** Without the check code no digest is told, and no file can be compared. */
function codeForm(address: Address): HTMLElement {
  const wrong = h("p", { class: "wrong", id: "code-wrong", role: "alert" });
  const input = h("input", {
    id: "code",
    type: "text",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    "aria-describedby": "code-help code-wrong",
  });
  const form = h(
    "form",
    { class: "card", novalidate: "" },
    h("label", { for: "code" }, both(["校验码", "Check code"])),
    h("div", { class: "row" }, input, h("button", {}, "继续 ", h("span", { lang: "en" }, "Go on"))),
    wrong,
    h(
      "p",
      { class: "help", id: "code-help" },
      both([
        "仅凭编号只告诉你现状。要核对文件，请扫证书上的二维码，或输入网址中编号之后的 26 位校验码。",
        "By number alone only the verdict is told. To check a file, scan the certificate's QR code, or type the 26 characters that follow the number in its address.",
      ]),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const check = readCheckCode(input.value);
    if (check !== null) {
      location.assign(pagePath({ number: address.number, check }));
      return;
    }
    input.setAttribute("aria-invalid", "true");
    fill(wrong, both(["校验码应为 26 位字母和数字。", "A check code has 26 letters and digits."]));
    input.focus();
  });
  return form;
}

function certificatePlace(): HTMLElement {
  return dropPlace({
    id: "certificate",
    accept: "application/pdf,.pdf",
    label: ["把证书 PDF 拖到这里，或点按选择", "Drop the certificate PDF here, or choose it"],
    note: [
      "只发送它的 SHA-256 摘要，不发送文件，用来问：出具时是不是这些字节。",
      "Only its SHA-256 is sent, not the file, to ask: are these the bytes that were issued?",
    ],
    judge: judgeCertificate,
  });
}

async function judgeCertificate(sha256: string): Promise<Saying> {
  const answer = await askCertificate(sha256);
  if (answer.kind === "unreachable") return unreachable(answer.waitSeconds);
  if (answer.kind === "unknown") {
    return {
      tone: "plain",
      head: ["本站没有出具过这些字节", "These bytes were not issued here"],
      text: [
        "它不是本站出具的证书原件：可能被另存或打印过，可能是披露副本，也可能出自别处。这不表示它是伪造的，请用“不靠我们核验”的步骤。",
        "Not the original as issued here: it may have been re-saved or printed, be a disclosure copy, or come from elsewhere. That does not make it forged: follow the steps under “Check without us”.",
      ],
    };
  }
  const said = VERDICTS[answer.verdict];
  const here = latest === null || answer.number.startsWith(`${latest.evidence_number}-`);
  return {
    tone: here && said.tone === "good" ? "good" : "wait",
    head: here
      ? ["与出具的证书逐字节相同", "The very bytes that were issued"]
      : ["是原件，但属于另一份存证", "An original, but of another evidence"],
    text: [
      `证书 ${answer.number}，现状：${said.head[0]}。`,
      `Certificate ${answer.number}, now: ${said.head[1].toLowerCase()}.`,
    ],
  };
}

async function follow(address: Address): Promise<void> {
  for (let asked = 0; asked < MOST_QUESTIONS; asked += 1) {
    const answer = await askEvidence(address);
    if (answer.kind === "known") showEvidence(answer.evidence, address);
    else if (latest === null) {
      show(answer.kind === "unknown" ? UNKNOWN : unreachable(answer.waitSeconds), againLink());
    }
    const waiting =
      answer.kind === "known" &&
      (answer.evidence.verdict === "pending" ||
        answer.evidence.verdict === "suspended" ||
        answer.evidence.detail?.certificate?.ready === false);
    if (!waiting) return;
    const pause = AGAIN_MS[Math.min(asked, AGAIN_MS.length - 1)] ?? 10_000;
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function followRegistration(typed: string): Promise<void> {
  const answer = await askRegistration(typed);
  if (answer.kind === "known") {
    registered = answer.registered;
    await follow({ number: answer.number, check: null });
  } else {
    const said = answer.kind === "unknown" ? UNREGISTERED : unreachable(answer.waitSeconds);
    show(said, againLink());
  }
}

function againLink(): HTMLElement {
  return h(
    "p",
    {},
    h("a", { href: "/" }, "重新输入编号", h("span", { lang: "en" }, " · Type it again")),
  );
}

// A file dropped beside its place would otherwise replace this page.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => event.preventDefault());
}

fill(at("pdf-body"), certificatePlace());
const path = pathOf(location.pathname);
const typed = path.split("/v/").pop() ?? "";
const reading = readAddress(path);
if (reading.ok) void follow(reading.address);
else if (looksRegistered(typed)) void followRegistration(typed);
else show(MISTYPED, againLink());
