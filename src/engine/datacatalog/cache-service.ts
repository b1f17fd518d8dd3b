import { flyteidl } from "../../idl/flyteidl.ts";
import { StatusError } from "../../idl/status.ts";
import { emptyReply } from "../admin/reply.ts";
import type { ServiceHandlers } from "../service.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { evictTag } from "./tags.ts";

type DeleteCacheRequest = flyteidl.cacheservice.DeleteCacheRequest.$Properties;

/** Of Flyte's CacheService what people need: forgetting one cached result. */
export function createCacheService(deps: CatalogDeps): ServiceHandlers {
  return {
    service: "flyteidl.cacheservice.CacheService",
    unary: {
      /** The key is `project/domain/dataset/version/tag`; the dataset's name may hold slashes. */
      async Delete({ key }: DeleteCacheRequest) {
        const parts = (key ?? "").split("/");
        const [project, domain] = parts;
        const [version, tag] = parts.slice(-2);
        const name = parts.slice(2, -2).join("/");
        if (parts.length < 5 || parts.includes("") || !project || !domain || !version || !tag) {
          throw new StatusError(
            "INVALID_ARGUMENT",
            `invalid value for key, value:[${key ?? ""}]: it must be project/domain/dataset/version/tag`,
          );
        }
        await evictTag(deps, { project, domain, name, version }, tag);
        return emptyReply;
      },
    },
  };
}
