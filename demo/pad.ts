/**
 * The pad: a text of Yjs in an editor of CodeMirror, with the carets of the others.
 *
 * @module
 */

import { standardKeymap } from "@codemirror/commands";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import { Doc, type Text } from "yjs";
import type { WebGroup } from "../mod.ts";
import { WebGroupProvider } from "../src/yjs/yjs.ts";
import { carets } from "./pad_carets.ts";
import type { Person } from "./people.ts";

/** A text that the members of a group share. */
export class Pad {
  readonly #provider: WebGroupProvider;
  readonly #text: Text;

  constructor(group: WebGroup, person: Person) {
    const doc = new Doc();
    this.#text = doc.getText("pad");
    this.#provider = new WebGroupProvider(group, doc);
    this.introduce(person);
  }

  /** Shows this name and color at the caret that the others see. */
  introduce({ name, color }: Person): void {
    this.#provider.awareness.setLocalStateField("user", { name, color });
  }

  /** Calls `changed` now, and when the text of the others has come or the group was left. */
  watchSynced(changed: (isSynced: boolean) => void): void {
    changed(this.#provider.synced);
    this.#provider.on("sync", changed);
  }

  /** Opens the editor in an element; returns a function that closes it. */
  open(parent: HTMLElement): () => void {
    const extensions = extensionsOf(this.#text, this.#provider.awareness);
    const doc = this.#text.toString();
    const view = new EditorView({ state: EditorState.create({ doc, extensions }), parent });
    return () => view.destroy();
  }
}

function extensionsOf(text: Text, awareness: Awareness): Extension {
  return [
    // The history of Yjs undoes one's own changes only. Tab is left alone: it leaves the editor.
    keymap.of([...yUndoManagerKeymap, ...standardKeymap]),
    // Its own carets need inline styles, with colors as other members send them.
    yCollab(text, null),
    carets(text, awareness),
    drawSelection(),
    EditorView.lineWrapping,
    placeholder("Write here. All members see it as you type."),
    EditorView.contentAttributes.of({ "aria-label": "Shared text", spellcheck: "true" }),
    EditorView.cspNonce.of(styleNonce()),
  ];
}

/** The number by which the policy of the page allows the style element of the editor. */
function styleNonce(): string {
  return document.querySelector<HTMLLinkElement>("link[nonce]")?.nonce ?? "";
}
