import { testContract } from "./testing/contract.ts";
import { apiGatewayStand, lambdaStand, mcpServerStand, openApiStand, smithyModelStand } from "./testing/stands.ts";

testContract("lambda", lambdaStand);
testContract("mcpServer", mcpServerStand);
testContract("openApiSchema", openApiStand);
testContract("apiGateway", apiGatewayStand);
testContract("smithyModel", smithyModelStand);
