import { judgeQualityCommand } from "./command.ts";

process.exitCode = await judgeQualityCommand(process.argv.slice(2), process.env);
