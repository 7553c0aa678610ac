/**
 * The files of the page, and the policy under which it runs.
 *
 * @module
 */

export interface SiteOptions {
  /** The page's script; without it there is no page. */
  readonly script: string | undefined;
  /** The URL of the page for other devices; empty if they cannot reach it. */
  readonly networkUrl: () => string;
}

/** Serves the page, its style sheet and its script. */
export function siteHandler(options: SiteOptions): (request: Request) => Promise<Response> {
  const { script } = options;
  const none = () => new Response("Not found\n", { status: 404 });
  const packed = script === undefined ? undefined : gzip(script);
  return async (request) => {
    if (script === undefined) return none();
    switch (new URL(request.url).pathname) {
      case "/":
        return await respondPage(options.networkUrl());
      case "/style.css":
        return respond(await read("style.css"), "text/css");
      case "/page.js":
        return packed !== undefined && acceptsGzip(request)
          ? respond(await packed, "text/javascript", { "content-encoding": "gzip" })
          : respond(script, "text/javascript");
      default:
        return none();
    }
  };
}

async function respondPage(networkUrl: string): Promise<Response> {
  // CodeMirror makes a style element, which the policy allows by this number used once.
  const nonce = crypto.randomUUID();
  const page = (await read("index.html"))
    .replaceAll("{{nonce}}", nonce)
    .replaceAll("{{networkUrl}}", networkUrl);
  return respond(page, "text/html", { "content-security-policy": policyOf(nonce) });
}

/** The page needs nothing from elsewhere, and gets nothing. */
function policyOf(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self' ws: wss:",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function acceptsGzip(request: Request): boolean {
  return /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

function respond(
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store", ...headers },
  });
}
