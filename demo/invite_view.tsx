/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The invitation: the link of the page, and a QR code of it.
 *
 * @module
 */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { encode } from "uqr";

/** The button, and the dialog that it opens. */
export function Invite(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [verdict, setVerdict] = useState("");
  const open = () => {
    setVerdict("");
    setOpen(true);
    dialog.current?.showModal();
  };
  const copy = async () => {
    const link = field.current;
    if (link === null) return;
    link.select();
    setVerdict(await copyText(link.value) ? "Copied." : "Selected: press Ctrl+C to copy it.");
  };
  const link = isOpen ? linkForOthers() : undefined;
  return (
    <>
      <button type="button" class="invite" onClick={open}>Invite</button>
      <dialog ref={dialog} aria-labelledby="invite-title" onClose={() => setOpen(false)}>
        <h2 id="invite-title">Invite somebody</h2>
        {link && <QrCode text={link.href} />}
        <p class="hint">
          {link && isForThisMachine(link)
            ? "This address is for this computer only. For phones, start the demo with --host 0.0.0.0."
            : "Scan it with a phone in the same network. The link is the key: it lets everybody in."}
        </p>
        <div class="link">
          <input ref={field} type="text" readonly aria-label="Link" value={link?.href ?? ""} />
          <button type="button" class="quiet" onClick={copy}>Copy</button>
        </div>
        <p class="hint" role="status">{verdict}</p>
        <form method="dialog">
          <button type="submit">Done</button>
        </form>
      </dialog>
    </>
  );
}

/** This page as other devices reach it: a server tells its address in the network. */
function linkForOthers(): URL {
  const here = new URL(location.href);
  const told = document.querySelector<HTMLMetaElement>("meta[name=network-url]")?.content ?? "";
  if (!isForThisMachine(here) || told === "") return here;
  const link = new URL(told);
  link.hash = here.hash;
  return link;
}

function isForThisMachine({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** Whether it is copied: pages of http from other machines have no clipboard. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // There is no clipboard, or the user does not allow it: the text stays selected.
    return false;
  }
}

/** Scanners need a light border of this many modules. */
const BORDER = 3;

function QrCode({ text }: { readonly text: string }): JSX.Element {
  const { data, size } = encode(text, { border: BORDER });
  const modules = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : [])
  );
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code of the link">
      <path d={modules.join("")} />
    </svg>
  );
}
