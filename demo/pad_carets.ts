/**
 * Carets and selections in the pad: one's own goes to the others by the awareness, theirs are shown
 * in the color of their person.
 *
 * @module
 */

import { Annotation, type Extension, type Range } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import type { Awareness } from "y-protocols/awareness";
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromJSON,
  createRelativePositionFromTypeIndex,
  type Text,
} from "yjs";
import { asFields, type Person, readPerson } from "./people.ts";

/** Shows the carets of a text, and tells the others one's own. */
export function carets(text: Text, awareness: Awareness): Extension {
  return ViewPlugin.define((view) => new Carets(view, text, awareness), {
    decorations: ({ decorations }) => decorations,
  });
}

/** Marks an update without a change of the text. */
const caretsMoved = Annotation.define<true>();

class Carets {
  decorations: DecorationSet;
  readonly #text: Text;
  readonly #awareness: Awareness;
  readonly #changed: (change: Record<"added" | "updated" | "removed", readonly number[]>) => void;

  constructor(view: EditorView, text: Text, awareness: Awareness) {
    this.#text = text;
    this.#awareness = awareness;
    this.decorations = this.#decorate();
    this.#changed = ({ added, updated, removed }) => {
      const others = [...added, ...updated, ...removed].filter((id) => id !== awareness.clientID);
      if (others.length > 0) view.dispatch({ annotations: caretsMoved.of(true) });
    };
    awareness.on("change", this.#changed);
  }

  update({ view, state, docChanged, selectionSet, focusChanged }: ViewUpdate): void {
    // The caret stays where it was while its user writes elsewhere.
    const isMine = view.hasFocus && (docChanged || selectionSet || focusChanged);
    if (isMine) this.#tell(state.selection.main);
    this.decorations = this.#decorate();
  }

  destroy(): void {
    this.#awareness.off("change", this.#changed);
  }

  #tell({ anchor, head }: { readonly anchor: number; readonly head: number }): void {
    const told = asFields(asFields(this.#awareness.getLocalState())["cursor"]);
    const isSame = indexIn(this.#text, told["anchor"]) === anchor &&
      indexIn(this.#text, told["head"]) === head;
    if (isSame) return;
    this.#awareness.setLocalStateField("cursor", {
      anchor: createRelativePositionFromTypeIndex(this.#text, anchor),
      head: createRelativePositionFromTypeIndex(this.#text, head),
    });
  }

  #decorate(): DecorationSet {
    const ranges: Range<Decoration>[] = [];
    for (const [client, state] of this.#awareness.getStates()) {
      if (client === this.#awareness.clientID) continue;
      const person = readPerson({ ...asFields(asFields(state)["user"]), role: "page" });
      const cursor = asFields(asFields(state)["cursor"]);
      const anchor = indexIn(this.#text, cursor["anchor"]);
      const head = indexIn(this.#text, cursor["head"]);
      if (person === undefined || anchor === undefined || head === undefined) continue;
      // A caret that moved is another one, and shows its name again.
      const caret = new Caret(person, JSON.stringify(cursor["head"]));
      ranges.push(...rangesOf(caret, anchor, head));
    }
    return Decoration.set(ranges, true);
  }
}

/**
 * Where a position is in a text now, as the bindings of Yjs send it; `undefined`: it is none, or not
 * here yet. Another member may send anything.
 */
export function indexIn(text: Text, position: unknown): number | undefined {
  if (text.doc === null || typeof position !== "object" || position === null) return undefined;
  try {
    const relative = createRelativePositionFromJSON(position);
    const found = createAbsolutePositionFromRelativePosition(relative, text.doc);
    return found?.type === text ? found.index : undefined;
  } catch {
    // Yjs throws for an object that is no position.
    return undefined;
  }
}

function rangesOf(widget: Caret, anchor: number, head: number): readonly Range<Decoration>[] {
  const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
  // The caret is outside of the selection.
  const caret = Decoration.widget({ widget, side: head > anchor ? -1 : 1 });
  const marked = Decoration.mark({ class: `pad-selection color-${widget.person.color}` });
  return [...(from < to ? [marked.range(from, to)] : []), caret.range(head)];
}

class Caret extends WidgetType {
  readonly person: Person;
  readonly #position: string;

  constructor(person: Person, position: string) {
    super();
    this.person = person;
    this.#position = position;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `pad-caret color-${this.person.color}`;
    // The list of members has the names for screen readers: here they would be part of the text.
    caret.ariaHidden = "true";
    const name = document.createElement("span");
    name.className = "pad-caret-name";
    name.textContent = this.person.name;
    caret.append(name);
    return caret;
  }

  override eq(other: Caret): boolean {
    const { name, color } = this.person;
    return other.person.name === name && other.person.color === color &&
      other.#position === this.#position;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
