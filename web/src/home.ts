/** The home page: takes a number as people type it to the page of that evidence. */

import { pagePath, readAddress } from "./address";
import { at, both, fill } from "./dom";
import { MISTYPED } from "./words";

const form = at<HTMLFormElement>("ask");
const input = at<HTMLInputElement>("number");
const wrong = at("number-wrong");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const reading = readAddress(input.value);
  if (reading.ok) {
    location.assign(pagePath(reading.address));
    return;
  }
  input.setAttribute("aria-invalid", "true");
  input.focus();
  const said =
    reading.why === "empty"
      ? (["请输入存证编号。", "Type an evidence number."] as const)
      : MISTYPED.text;
  fill(wrong, both(said));
});

input.addEventListener("input", () => {
  input.removeAttribute("aria-invalid");
  fill(wrong);
});
