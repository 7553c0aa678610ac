// An editor with CodeMirror 6, as in the README of y-codemirror.next.

import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { UndoManager } from "yjs";
import { expose, openPage } from "./editor_page.ts";

const page = openPage();
const text = page.doc.getText("codemirror");
const undoManager = new UndoManager(text);
const view = new EditorView({
  doc: text.toString(),
  extensions: [
    keymap.of([...yUndoManagerKeymap]),
    basicSetup,
    yCollab(text, page.provider.awareness, { undoManager }),
  ],
  parent: page.place,
});
expose(page, {
  text: () => view.state.doc.toString(),
  caret: ".cm-ySelectionCaret",
  name: ".cm-ySelectionInfo",
});
