/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The pad as an element of the page.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Pad } from "./pad.ts";

interface PadProps {
  readonly pad: Pad;
  /** The server is a member. */
  readonly isKept: boolean;
}

/** The editor, and whether it has the text of the others. */
export function PadView({ pad, isKept }: PadProps): JSX.Element {
  const editor = useRef<HTMLDivElement>(null);
  const [isSynced, setSynced] = useState(false);
  useEffect(() => editor.current ? pad.open(editor.current) : undefined, [pad]);
  useEffect(() => pad.watchSynced(setSynced), [pad]);
  return (
    <main class="panel pad" data-synced={isSynced} aria-labelledby="pad-title">
      <div class="panel-head">
        <h2 id="pad-title">Text</h2>
        <small>
          {!isSynced
            ? "waiting for the others…"
            : isKept
            ? "shared, and kept by the server"
            : "shared by all members"}
        </small>
      </div>
      <div class="editor" ref={editor} />
    </main>
  );
}
