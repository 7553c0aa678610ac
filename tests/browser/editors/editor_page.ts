import { Doc } from "yjs";
import { WebGroupProvider } from "../../../src/yjs/yjs.ts";

export interface EditorScope {
  /** Whether the document is complete, and the number of members. */
  readonly state: () => { readonly synced: boolean; readonly members: number };
  readonly text: () => string;
  readonly focus: () => void;
  /** The names at the cursors of others that are visible. */
  readonly cursors: () => readonly string[];
}

export interface EditorPage {
  readonly doc: Doc;
  readonly provider: WebGroupProvider;
  readonly place: HTMLElement;
  readonly user: { readonly name: string; readonly color: string; readonly colorLight: string };
}

const COLORS = { color: "#30bced", colorLight: "#30bced33" };

/** The URL names the document and the user. */
export function openPage(): EditorPage {
  const query = new URLSearchParams(location.search);
  const user = { name: query.get("name") ?? "", ...COLORS };
  const doc = new Doc();
  const groupOptions = { signalingServer: "/groups/", rtcConfiguration: { iceServers: [] } };
  const provider = new WebGroupProvider(query.get("room") ?? "", doc, { groupOptions });
  provider.awareness.setLocalStateField("user", user);
  return { doc, provider, place: document.querySelector("main")!, user };
}

export interface PageEditor {
  readonly text: () => string;
  /** The selector of the cursors of others. */
  readonly caret: string;
  /** The selector of the name at a cursor. */
  readonly name: string;
}

export function expose({ place, provider }: EditorPage, { caret, name, text }: PageEditor): void {
  const isShown = (element: Element) => element.getBoundingClientRect().height > 0;
  const scope: EditorScope = {
    state: () => ({ synced: provider.synced, members: provider.group.members.length }),
    text,
    focus: () => place.querySelector<HTMLElement>("[contenteditable=true]")?.focus(),
    cursors: () =>
      [...place.querySelectorAll(caret)].filter(isShown).flatMap((element) =>
        element.querySelector(name)?.textContent ?? []
      ),
  };
  Object.assign(globalThis, { editor: scope });
}
