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
  compareRelativePositions,
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromJSON,
  createRelativePositionFromTypeIndex,
  type RelativePosition,
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

  #tell(selection: { readonly anchor: number; readonly head: number }): void {
    const [anchor, head] = [selection.anchor, selection.head].map((index) =>
      createRelativePositionFromTypeIndex(this.#text, index)
    );
    const told = readCursor(this.#awareness.getLocalState());
    const isSame = compareRelativePositions(told?.anchor ?? null, anchor ?? null) &&
      compareRelativePositions(told?.head ?? null, head ?? null);
    if (!isSame) this.#awareness.setLocalStateField("cursor", { anchor, head });
  }

  #decorate(): DecorationSet {
    const ranges: Range<Decoration>[] = [];
    for (const [client, state] of this.#awareness.getStates()) {
      if (client === this.#awareness.clientID) continue;
      const person = readPerson({ ...asFields(asFields(state)["user"]), role: "page" });
      const cursor = readCursor(state);
      if (person === undefined || cursor === undefined) continue;
      const [anchor, head] = [this.#indexOf(cursor.anchor), this.#indexOf(cursor.head)];
      if (anchor === undefined || head === undefined) continue;
      // A caret that moved is another one, and shows its name again.
      const caret = new Caret(person, JSON.stringify(cursor.head));
      ranges.push(...rangesOf(caret, anchor, head));
    }
    return Decoration.set(ranges, true);
  }

  /** Where a position is in the text now; `undefined`: not here, or not here yet. */
  #indexOf(position: RelativePosition): number | undefined {
    if (this.#text.doc === null) return undefined;
    const found = createAbsolutePositionFromRelativePosition(position, this.#text.doc);
    return found?.type === this.#text ? found.index : undefined;
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

/** The cursor in a state of the awareness, which may be anything, as Yjs' bindings have it. */
function readCursor(
  state: unknown,
): { readonly anchor: RelativePosition; readonly head: RelativePosition } | undefined {
  const { anchor, head } = asFields(asFields(state)["cursor"]);
  if (typeof anchor !== "object" || typeof head !== "object" || !anchor || !head) return undefined;
  return {
    anchor: createRelativePositionFromJSON(anchor),
    head: createRelativePositionFromJSON(head),
  };
}
