// What happens in the demo before its proof.
import { startGatewayProcess } from '../processes/gateway.ts';
import { demoKeys } from './configuration.ts';
import type { Stage } from './stage.ts';
import { dialects, many } from './traffic.ts';

export type Say = (line: string) => void;

const dialectNames = Object.keys(dialects) as (keyof typeof dialects)[];
const modelNames = ['smart', 'gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'];

/** Ordinary traffic. */
export async function traffic({ gateway }: Stage, say: Say): Promise<void> {
  say('1. Traffic: 120 calls in three dialects over three providers, streamed and not.');
  const made = await many(120, 16, (index) =>
    dialects[dialectNames[index % dialectNames.length]!]({
      url: gateway.url,
      key: demoKeys.wide,
      model: modelNames[index % modelNames.length]!,
      stream: index % 2 === 0,
      maxTokens: 300,
    }),
  );
  say(
    `   ${made.filter(({ complete }) => complete).length} complete, ${made.filter(({ complete }) => !complete).length} not.\n`,
  );
}

/** More calls at once than a budget pays for. */
export async function oneDollar({ gateway, simulator }: Stage, say: Say): Promise<void> {
  say('2. A budget of $1.00 and 200 parallel calls that cost about two cents each.');
  await simulator.setFaults([{ model: 'gpt-4o', directives: 'output=1950' }]);
  const made = await many(200, 200, () =>
    dialects.openai({ url: gateway.url, key: demoKeys.oneDollar, model: 'gpt-4o', stream: false, maxTokens: 2000 }),
  );
  const refused = made.filter(({ limit }) => limit === 'one-dollar').length;
  say(`   ${made.filter(({ complete }) => complete).length} answered, ${refused} refused by budget one-dollar.\n`);
}

/** The gateway dies while answers are on their way. */
export async function crash(stage: Stage, say: Say): Promise<void> {
  say('3. kill -9 of the gateway in the middle of 24 streams.');
  await stage.simulator.setFaults([{ stream: true, directives: 'delay=40&output=120' }]);
  let pieces = 0;
  let half: () => void = () => {};
  const halfWay = new Promise<void>((resolve) => {
    half = resolve;
  });
  const onPiece = () => {
    pieces += 1;
    if (pieces === 24 * 8) half();
  };
  const streams = many(24, 24, (index) =>
    dialects[index % 2 === 0 ? 'openai' : 'anthropic']({
      url: stage.gateway.url,
      key: demoKeys.wide,
      model: modelNames[index % modelNames.length]!,
      stream: true,
      maxTokens: 200,
      onPiece,
    }),
  );
  await Promise.race([halfWay, streams]);
  await stage.gateway.kill();
  const cut = (await streams).filter(({ complete }) => !complete).length;
  const before = performance.now();
  stage.gateway = await startGatewayProcess(stage);
  await stage.simulator.setFaults([]);
  say(`   ${cut} streams were cut; serving again after ${Math.round(performance.now() - before)} ms.\n`);
}
