import { RootContext, registerRoot } from "@sluice/sdk";
import { RbacRoot } from "./filter";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

registerRoot((id: u32): RootContext => new RbacRoot(id));
