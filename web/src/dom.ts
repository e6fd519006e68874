/** Small help for building the page: elements, and text in two languages. Never sets HTML. */

export type Child = Node | string | null;
export type Both = readonly [zh: string, en: string];

/** An element with attributes and children; null children are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Chinese first, English beside or below it, each marked with its language. */
export function both([zh, en]: Both): DocumentFragment {
  const pair = document.createDocumentFragment();
  pair.append(zh, h("span", { class: "en", lang: "en" }, en));
  return pair;
}

/** The element with this id, which the page's HTML promises. */
export function at<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Show `children` instead of what the element holds. */
export function fill(element: HTMLElement, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null));
}
