// `relay.ts PORT TARGET`: a TCP relay in its own process, so that it can be stopped.

import { print } from "../chaos/commands.ts";
import { FlakyProxy } from "../support/flaky_proxy.ts";

const [port, target] = Deno.args.map(Number);
if (port === undefined || target === undefined) throw new TypeError("PORT and TARGET expected");
print(`Relays from ${new FlakyProxy(target, port).port}`);
