import { defined } from "../defined.ts";
import { refuse } from "../supported.ts";
import { readCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** As API Gateway names them; both become parts of an address. */
const restApiIdPattern = /^[a-z0-9]{1,64}$/;
const stagePattern = /^[A-Za-z0-9_-]{1,128}$|^\$default$/;
/** More are no selection any more. */
const maximumEntries = 1_000;

/** REST APIs of API Gateway. Which operations there are is read when the target is synchronised. */
export const apiGatewayConfiguration: ConfigurableKind<"apiGateway"> = {
  targetType: "API_GATEWAY",
  read({ restApiId, stage, apiGatewayToolConfiguration }, { path }) {
    if (!restApiIdPattern.test(restApiId)) {
      refuse(`${path}.restApiId`, "must be the id of a REST API: lower-case letters and digits");
    }
    if (!stagePattern.test(stage)) refuse(`${path}.stage`, "must be the name of a stage: letters, digits, _ and -");
    const tools = `${path}.apiGatewayToolConfiguration`;
    const { toolFilters, toolOverrides } = apiGatewayToolConfiguration;
    if (toolFilters.length === 0) refuse(`${tools}.toolFilters`, "must have at least one filter");
    for (const [index, { filterPath, methods }] of toolFilters.entries()) {
      checkPath(filterPath, `${tools}.toolFilters[${index}].filterPath`);
      if (methods.length === 0) refuse(`${tools}.toolFilters[${index}].methods`, "must have at least one method");
    }
    for (const [index, override] of (toolOverrides ?? []).entries()) {
      checkPath(override.path, `${tools}.toolOverrides[${index}].path`);
      if (override.path.endsWith("*")) refuse(`${tools}.toolOverrides[${index}].path`, "must not have a wildcard");
    }
    for (const [name, list] of Object.entries({ toolFilters, toolOverrides })) {
      if ((list?.length ?? 0) > maximumEntries)
        refuse(`${tools}.${name}`, `must have at most ${maximumEntries} entries`);
    }
    return {
      mcp: {
        apiGateway: { restApiId, stage, apiGatewayToolConfiguration: { toolFilters, ...defined({ toolOverrides }) } },
      },
    };
  },
  credentials: (configurations) =>
    readCredentials(configurations, {
      what: "an API Gateway target",
      none: true,
      role: "KNOWN_OR_NAMED_SERVICE",
      apiKey: true,
      grants: [],
    }),
};

function checkPath(path: string, name: string): void {
  if (!path.startsWith("/")) refuse(name, "must start with /");
  const star = path.indexOf("*");
  if (star >= 0 && (star !== path.length - 1 || !path.endsWith("/*"))) {
    refuse(name, "may have a wildcard only as its end: /*");
  }
}
