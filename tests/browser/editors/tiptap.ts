// An editor with tiptap 3, as in its documentation of collaboration.

import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { StarterKit } from "@tiptap/starter-kit";
import { expose, openPage } from "./editor_page.ts";

const page = openPage();
const { doc, place, provider, user } = page;
const editor = new Editor({
  element: place,
  extensions: [
    // Collaboration has its own undo.
    StarterKit.configure({ undoRedo: false }),
    Collaboration.configure({ document: doc }),
    CollaborationCaret.configure({ provider, user }),
  ],
});
expose(page, {
  text: () => editor.getText(),
  caret: ".collaboration-carets__caret",
  name: ".collaboration-carets__label",
});
