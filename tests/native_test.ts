// All tests that use node-datachannel, in one module: `deno test` runs each module in its own
// isolate, and a second one that uses the library crashes the process. No other module may load it.

import "./conformance/cross_runtime.ts";
import "./conformance/native.ts";
import "./transport/rtc_dial.ts";
