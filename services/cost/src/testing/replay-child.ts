// A process of its own that replays a folder's log: its time zone and language are the environment's.
import { replayCommand } from '../commands/replay.ts';
import { runCommand } from './run-command.ts';

const { printed } = await runCommand(replayCommand, { dataDirectory: process.argv[2]! });
const local = new Date(0).toLocaleString();
process.stdout.write(JSON.stringify({ replay: JSON.parse(printed[0]!), local }));
