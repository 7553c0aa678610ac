import { Doc } from "yjs";
import { WebGroupProvider } from "../../../src/yjs/yjs.ts";

/** The functions of a page for its test. */
export interface EditorScope {
  /** Whether all of the document is there, and how many members are. */
  readonly state: () => { readonly synced: boolean; readonly members: number };
  /** The text that the page shows. */
  readonly text: () => string;
  readonly focus: () => void;
  /** The names at the cursors of others, as far as those take up space. */
  readonly cursors: () => readonly string[];
}

/** A document, and the place of its editor. */
export interface EditorPage {
  readonly doc: Doc;
  readonly provider: WebGroupProvider;
  readonly place: HTMLElement;
  readonly user: { readonly name: string; readonly color: string; readonly colorLight: string };
}

const COLORS = { color: "#30bced", colorLight: "#30bced33" };

/** Opens the document that the URL names, as the user that it names. */
export function openPage(): EditorPage {
  const query = new URLSearchParams(location.search);
  const user = { name: query.get("name") ?? "", ...COLORS };
  const doc = new Doc();
  const groupOptions = { signalingServer: "/groups/", rtcConfiguration: { iceServers: [] } };
  const provider = new WebGroupProvider(query.get("room") ?? "", doc, { groupOptions });
  provider.awareness.setLocalStateField("user", user);
  return { doc, provider, place: document.querySelector("main")!, user };
}

/** The editor of a page, for its test. */
export interface PageEditor {
  /** The text that it shows. */
  readonly text: () => string;
  /** Selects the cursors of others. */
  readonly caret: string;
  /** Selects the name at a cursor. */
  readonly name: string;
}

/** Gives the test its functions. */
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
