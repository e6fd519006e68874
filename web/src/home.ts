/** The home page: takes a number as people type it, of evidence, of a certificate or of a registration,
 * to its page. */

import { looksRegistered, pagePath, readAddress, registeredPath } from "./address";
import { askRegistration } from "./asking";
import { at, type Both, both, fill } from "./dom";
import { MISTYPED, UNREGISTERED, unreachable } from "./words";

const form = at<HTMLFormElement>("ask");
const input = at<HTMLInputElement>("number");
const wrong = at("number-wrong");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const reading = readAddress(input.value);
  if (reading.ok) location.assign(pagePath(reading.address));
  else if (reading.why === "empty") refuse(["请输入编号。", "Type a number."]);
  else if (looksRegistered(input.value)) void followRegistration(input.value);
  else refuse(MISTYPED.text);
});

async function followRegistration(typed: string): Promise<void> {
  const answer = await askRegistration(typed);
  if (answer.kind === "known") location.assign(registeredPath(answer.registered));
  else if (answer.kind === "unknown") refuse(UNREGISTERED.text);
  else refuse(unreachable(answer.waitSeconds).text);
}

function refuse(said: Both): void {
  input.setAttribute("aria-invalid", "true");
  input.focus();
  fill(wrong, both(said));
}

input.addEventListener("input", () => {
  input.removeAttribute("aria-invalid");
  fill(wrong);
});
