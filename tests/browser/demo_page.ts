// Functions that tests run in the page of the demo: they cannot use variables outside their bodies.

/** Roles and channels of the other members. */
export function membersAre(expected: readonly (readonly string[])[]): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-member]")];
  const found = rows.map(({ dataset }) => `${dataset["role"]} ${dataset["channel"]}`);
  const wanted = expected.map((pair) => pair.join(" "));
  return JSON.stringify(found.sort()) === JSON.stringify(wanted.sort());
}

export function namesAre(expected: readonly string[]): boolean {
  const found = [...document.querySelectorAll("[data-member] strong")];
  const names = found.map(({ textContent }) => textContent ?? "");
  return JSON.stringify(names.sort()) === JSON.stringify([...expected].sort());
}

export function statesOf(): readonly (string | undefined)[] {
  const { group, signaling } = document.querySelector<HTMLElement>(".status")!.dataset;
  return [group, signaling];
}

export function idOf(): number {
  return Number(document.querySelector<HTMLElement>("[data-me]")?.dataset["me"]);
}

export function serverOf(): number {
  return Number(document.querySelector<HTMLElement>("[data-role=server]")?.dataset["member"]);
}

/** 0 chooses all members. */
export function choose(member: number): Promise<void> {
  const select = document.querySelector<HTMLSelectElement>(".receiver select")!;
  select.value = member === 0 ? "" : `${member}`;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

export async function say(text: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(".say input")!;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  const button = document.querySelector<HTMLButtonElement>(".say button[type=submit]")!;
  while (button.disabled) await new Promise((next) => setTimeout(next, 5));
  button.click();
}

export function hasText(text: string, audience: string): boolean {
  return [...document.querySelectorAll(".chat")].some((chat) =>
    chat.querySelector(".text")?.textContent === text &&
    (chat.querySelector(".private")?.textContent ?? "").includes(audience)
  );
}

export async function sendFile(megabytes: string): Promise<void> {
  const select = document.querySelector<HTMLSelectElement>(".random-file select")!;
  select.value = `${megabytes}`;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await new Promise((done) => setTimeout(done));
  document.querySelector<HTMLButtonElement>(".random-file button")!.click();
}

export function fileIs(progress: string, verdict: string): boolean {
  const card = [...document.querySelectorAll<HTMLElement>(".card")].at(-1);
  return card?.dataset["progress"] === progress &&
    (card.querySelector(".verdict")?.textContent ?? "").includes(verdict);
}

export function progressIsShown(): boolean {
  const bar = [...document.querySelectorAll<HTMLProgressElement>(".card progress")].at(-1);
  return bar !== undefined && bar.value > 0 && bar.value < bar.max;
}

export function cancel(): void {
  [...document.querySelectorAll<HTMLElement>(".card button")].at(-1)!.click();
}

export function hashOf(): string {
  return document.querySelector<HTMLElement>(".card")?.dataset["sha256"] ?? "";
}

export function hasStats(count: number): boolean {
  const rows = [...document.querySelectorAll("[data-member]")];
  const shown = rows.map(({ textContent }) => textContent ?? "");
  const isDirect = /direct · ((host|prflx) ↔ (host|prflx) · udp|WebSocket)/;
  return shown.length === count &&
    shown.every((text) => isDirect.test(text) && /\d [kM]?B/.test(text) && /\d ms/.test(text));
}

export function padText(): string {
  const lines = [...document.querySelectorAll(".cm-line")].map((line) => {
    const copy = line.cloneNode(true) as HTMLElement;
    for (const added of copy.querySelectorAll(".pad-caret, .cm-placeholder")) added.remove();
    return copy.textContent ?? "";
  });
  return lines.join("\n");
}

export function focusPad(): void {
  document.querySelector<HTMLElement>(".cm-content")!.focus();
}

/** The letters of each member appear in their order. */
export function padHas(parts: readonly string[]): boolean {
  const lines = [...document.querySelectorAll(".cm-line")].map((line) => {
    const copy = line.cloneNode(true) as HTMLElement;
    for (const added of copy.querySelectorAll(".pad-caret, .cm-placeholder")) added.remove();
    return copy.textContent ?? "";
  });
  const text = lines.join("\n");
  return text.length === parts.join("").length && parts.every((part) => {
    const letters = new Set(part);
    return [...text].filter((letter) => letters.has(letter)).join("") === part;
  });
}

export function caretsAre(names: readonly string[]): boolean {
  const shown = [...document.querySelectorAll(".pad-caret-name")];
  const found = shown.map(({ textContent }) => textContent ?? "");
  return JSON.stringify(found.sort()) === JSON.stringify([...names].sort());
}

export function selectionIs(text: string): boolean {
  const marked = [...document.querySelectorAll(".pad-selection")];
  return marked.map(({ textContent }) => textContent).join("") === text;
}

/** The table has to show the same. */
export function pictureIs(names: readonly string[], lines: readonly string[]): boolean {
  const shown = [...document.querySelectorAll(".mesh .node .name")];
  const found = shown.map(({ textContent }) => textContent ?? "");
  const drawn = [...document.querySelectorAll<SVGElement>(".mesh > svg .line")];
  const channels = drawn.map(({ dataset }) => dataset["channel"] ?? "");
  const words: Readonly<Record<string, string>> = { "data channel": "rtc", "WebSocket": "ws" };
  const cells = [...document.querySelectorAll(".facts tbody td:nth-child(2)")];
  const told = cells.map(({ textContent }) => words[textContent ?? ""] ?? "");
  const same = (some: readonly string[], others: readonly string[]) =>
    JSON.stringify(some.toSorted()) === JSON.stringify(others.toSorted());
  return same(found, names) && same(channels, lines) && same(told, lines);
}

export function roundTripsAreShown(): boolean {
  const cells = [...document.querySelectorAll(".facts tbody td:nth-child(3)")];
  return cells.length > 0 && cells.every((cell) => /^\d+ ms$/.test(cell.textContent ?? ""));
}

export function isAway(member: number): boolean {
  const node = document.querySelector<SVGElement>(`.node[data-node="${member}"]`);
  const lines = [...document.querySelectorAll<SVGElement>(".mesh > svg .line")];
  const own = lines.filter(({ dataset }) => dataset["link"]?.split(" ").includes(`${member}`));
  return node?.dataset["away"] === "true" && own.length > 0 &&
    own.every(({ dataset }) => dataset["away"] === "true");
}

export function isGone(member: number): boolean {
  const lines = [...document.querySelectorAll<SVGElement>(".mesh > svg .line")];
  return document.querySelector(`.node[data-node="${member}"]`) === null &&
    lines.every(({ dataset }) => !dataset["link"]?.split(" ").includes(`${member}`));
}

export function isSynced(): boolean {
  return document.querySelector<HTMLElement>(".pad")?.dataset["synced"] === "true";
}

/** By the name that a screen reader says. */
export function focused(): string {
  const element = document.activeElement as HTMLElement | null;
  const label = element?.closest("label")?.textContent ?? element?.textContent ?? "";
  return element?.ariaLabel ?? label.trim();
}

export function isAnnounced(text: string): boolean {
  return document.querySelector(".page > [role=status]")?.textContent === text;
}

export function dialogIsOpen(isOpen: boolean): boolean {
  return document.querySelector("dialog")?.open === isOpen;
}

/** No element is hidden from the accessibility check. */
export function openDetails(): void {
  for (const details of document.querySelectorAll("details")) details.open = true;
}

export function showPanel(index: number): void {
  document.querySelectorAll<HTMLElement>("nav button")[index]!.click();
}

export function isSecure(): boolean {
  return isSecureContext && crypto.subtle !== undefined;
}

/** Drops the file on the text, or chooses it in the form. */
export function giveFile(how: "drop" | "choose", name: string, content: string): void {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([content], name, { type: "text/plain" }));
  if (how === "choose") {
    const input = document.querySelector<HTMLInputElement>("input[type=file]")!;
    input.files = dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  const target = document.querySelector(".cm-content")!;
  for (const type of ["dragover", "drop"]) {
    target.dispatchEvent(
      new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
    );
  }
}

export function hasFile(name: string): boolean {
  const card = [...document.querySelectorAll<HTMLElement>(".card")].at(-1);
  return card?.dataset["progress"] === "equal" &&
    card.querySelector("strong")?.textContent === name;
}
