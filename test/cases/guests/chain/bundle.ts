// The links of a chain in one module.

import { utf8 } from "@sluice/sdk";
import { registerBundle } from "@sluice/sdk/bundle";
export * from "./link";

registerBundle([utf8("link")]);
