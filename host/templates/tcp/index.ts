import { RootContext, registerRoot } from "@sluice/sdk";
import { TemplateNameRoot } from "./filter";

// Re-export only the callback groups that the filter implements: the proxy enters the VM for each of them.
export * from "@sluice/sdk/exports/connection";
export * from "@sluice/sdk/exports/downstream-data";
export * from "@sluice/sdk/exports/lifecycle";

registerRoot((id: u32): RootContext => new TemplateNameRoot(id));
