/**
 * A place to drop files or pick them, which hashes each and shows what was found.
 *
 * Promises: a file's bytes go nowhere but the hashing worker; what is found is announced to
 * screen readers; several files are taken one after the other, each can be stopped.
 */

import { digest } from "./digesting";
import { type Both, both, fill, h } from "./dom";
import { saying } from "./drawing";
import type { Saying } from "./words";

export interface Place {
  id: string;
  label: Both;
  note: Both;
  accept?: string;
  /** What to say of a file with this SHA-256. */
  judge: (sha256: string, file: File) => Promise<Saying>;
}

const UNREADABLE: Saying = {
  tone: "plain",
  head: ["文件读不出来", "The file could not be read"],
  text: [
    "可能已被移动、改动或没有权限；文件夹不能核对。请重新选择。",
    "It may have moved or changed, or may not be read; folders cannot be checked. Choose it again.",
  ],
};

const CANCELLED: Saying = {
  tone: "plain",
  head: ["已停止", "Stopped"],
  text: ["没有得出结果。", "Nothing was found out."],
};

/** The elements of a place. */
export function dropPlace(place: Place): HTMLElement {
  const input = h("input", {
    type: "file",
    id: place.id,
    multiple: "",
    "aria-describedby": `${place.id}-note`,
  });
  if (place.accept !== undefined) input.accept = place.accept;
  const zone = h("label", { class: "drop", for: place.id }, both(place.label), input);
  const results = h("ul", { class: "results" });
  const spoken = h("p", { class: "quietly", role: "status", "aria-live": "polite" });
  let queue: Promise<void> = Promise.resolve();
  const take = (files: Iterable<File>) => {
    for (const file of files) {
      const shown = h("li", { class: "card tone-plain" });
      results.prepend(shown);
      fill(shown, name(file), h("p", {}, both(["排队中……", "Waiting its turn …"])));
      queue = queue.then(() => work(place, file, shown, spoken));
    }
  };
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    zone.addEventListener(kind, () => zone.classList.remove("over"));
  }
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return h(
    "div",
    {},
    zone,
    h("p", { class: "help", id: `${place.id}-note` }, both(place.note)),
    results,
    spoken,
  );
}

async function work(
  place: Place,
  file: File,
  shown: HTMLElement,
  spoken: HTMLElement,
): Promise<void> {
  const bar = h("progress", { max: "1", value: "0", "aria-label": `${file.name} SHA-256` });
  const running = digest(file, (share) => {
    bar.value = share;
  });
  const stop = h(
    "button",
    { type: "button", class: "quiet" },
    "停止 ",
    h("span", { lang: "en" }, "Stop"),
  );
  stop.addEventListener("click", running.cancel);
  const text = h("p", {}, both(["正在本机计算摘要……", "Working out the digest on this machine …"]));
  fill(shown, name(file), text, h("div", { class: "working" }, bar, stop));
  const outcome = await running.outcome;
  let said = outcome.kind === "cancelled" ? CANCELLED : UNREADABLE;
  let digestShown: HTMLElement | null = null;
  if (outcome.kind === "digest") {
    said = await place.judge(outcome.sha256, file);
    digestShown = h("code", { class: "digest" }, `SHA-256 ${outcome.sha256}`);
  }
  shown.className = `card tone-${said.tone}`;
  fill(shown, ...saying(said, "h3"), name(file), digestShown);
  fill(spoken, `${file.name}: ${said.head[0]} ${said.head[1]}`);
}

function name(file: File): HTMLElement {
  return h("p", {}, h("bdi", {}, file.name));
}
