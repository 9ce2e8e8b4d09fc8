// `npm run bench [-- --quick] [--json <file>]`: what Waybill costs with limits, budget and ledger on. In one run,
// against the simulator directly and a minimal Node proxy; compare the ratios, not the figures of different runs.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startChild, startGatewayProcess, startSimulatorProcess } from '@waybill/standalone';
import { startDeployment } from '../e2e/distributed/deployment.ts';
import { mongod, natsServer, provision } from '../infra/provision.ts';
import { benchConfiguration } from './bench-configuration.ts';
import { type LoadOptions, type LoadTarget, newHistogram, runLoad } from './generator.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const scale = flags.quick ? 0.1 : 1;
const model = 'bench';

interface Row {
  readonly target: string;
  sequentialP50Ms?: number;
  sequentialP99Ms?: number;
  firstChunkP50Ms?: number;
  callsPerSecond64?: number;
  streamsPerSecond64?: number;
  failures: number;
  idleMegabytes?: number;
  loadedMegabytes?: number;
  replayEventsPerSecond?: number;
}

const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
const simulator = await startSimulatorProcess({ billLinesKept: 1000 });
const floor = await startChild({
  entry: new URL('./floor-proxy.ts', import.meta.url),
  arguments: [`${simulator.url}/openai/v1`],
  ready: (printed) => (printed.includes('\n') ? printed : undefined),
});
const gateways = await Promise.all((['process', 'power'] as const).map(startWaybill));
const distributed = [natsServer, mongod].every((tool) => provision(tool).succeeded) ? await startSix() : undefined;
const inSix = 'waybill, six processes';

const targets: LoadTarget[] = [
  { name: 'simulator directly', url: `${simulator.url}/openai/v1/chat/completions` },
  { name: 'minimal Node proxy', url: `${(JSON.parse(floor.answer) as { url: string }).url}/v1/chat/completions` },
  ...gateways.map(({ durability, gateway }) => ({
    name: `waybill (${durability})`,
    url: `${gateway.url}/v1/chat/completions`,
  })),
  ...(distributed?.of('gateway').map(({ url }) => ({ name: inSix, url: `${url}/v1/chat/completions` })) ?? []),
];
const rows = new Map<string, Row>(targets.map(({ name }) => [name, { target: name, failures: 0 }]));

try {
  for (const { name, gateway } of gateways) rows.get(name)!.idleMegabytes = await residentMegabytes([gateway.pid]);
  if (distributed) rows.get(inSix)!.idleMegabytes = await residentMegabytes(pidsOf(distributed));
  for (const target of targets) await measure(target, { connections: 16, calls: 1500 * scale, stream: false });
  await sequential(false);
  await sequential(true);
  await saturated(false);
  await saturated(true);
  for (const { name, gateway } of gateways) rows.get(name)!.loadedMegabytes = await residentMegabytes([gateway.pid]);
  if (distributed) {
    rows.get(inSix)!.loadedMegabytes = await residentMegabytes(pidsOf(distributed));
    rows.get(inSix)!.replayEventsPerSecond = await replaySpeed(distributed.configurationFile, folder);
  }
  for (const each of gateways) {
    await each.gateway.stop();
    rows.get(each.name)!.replayEventsPerSecond = await replaySpeed(each.configurationFile, each.dataDirectory);
  }
  report();
} finally {
  await Promise.all(gateways.map(({ gateway }) => gateway.stop()));
  await distributed?.stop();
  await floor.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
}

async function startWaybill(durability: 'process' | 'power') {
  const configurationFile = join(folder, `${durability}.json`);
  const dataDirectory = join(folder, durability);
  await writeFile(configurationFile, JSON.stringify(benchConfiguration(simulator.url, durability)));
  const gateway = await startGatewayProcess({ configurationFile, dataDirectory });
  return { name: `waybill (${durability})`, durability, gateway, configurationFile, dataDirectory };
}

/** Each service a process of its own, NATS syncing every write and MongoDB with its journal, all on this machine. */
async function startSix() {
  const place = join(folder, 'six');
  await mkdir(place);
  return startDeployment({ folder: place, configuration: benchConfiguration(simulator.url, 'power') });
}

function pidsOf({ processes }: NonNullable<typeof distributed>): number[] {
  return processes.map((each) => each.pid());
}

async function measure(
  target: LoadTarget,
  options: Pick<LoadOptions, 'connections' | 'calls' | 'stream'> & Partial<LoadOptions>,
) {
  const result = await runLoad({ target, model, forMs: 60_000, ...options });
  rows.get(target.name)!.failures += result.failures;
  return result;
}

/** Rounds over all targets in turn, so that a slow moment of the machine meets them alike. */
async function sequential(stream: boolean): Promise<void> {
  const latencies = new Map(targets.map(({ name }) => [name, newHistogram()]));
  for (let round = 0; round < 10; round += 1) {
    for (const target of targets) {
      const untilFirstChunk = stream ? { untilFirstChunk: true as const } : {};
      const { latency } = await measure(target, { connections: 1, calls: 100 * scale, stream, ...untilFirstChunk });
      latencies.get(target.name)!.add(latency);
    }
  }
  for (const [name, latency] of latencies) {
    const row = rows.get(name)!;
    const p50 = latency.getValueAtPercentile(50) / 1000;
    if (stream) row.firstChunkP50Ms = p50;
    else {
      row.sequentialP50Ms = p50;
      row.sequentialP99Ms = latency.getValueAtPercentile(99) / 1000;
    }
  }
}

async function saturated(stream: boolean): Promise<void> {
  for (const target of targets) {
    const rates: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const options = { connections: 64, calls: Number.POSITIVE_INFINITY, stream, forMs: 4000 * scale };
      rates.push((await measure(target, options)).callsPerSecond);
    }
    const median = rates.sort((one, other) => one - other)[1]!;
    rows.get(target.name)![stream ? 'streamsPerSecond64' : 'callsPerSecond64'] = median;
  }
}

/** Of all of them together. */
async function residentMegabytes(pids: readonly number[]): Promise<number> {
  const statuses = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
  return statuses.reduce((sum, status) => sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024, 0);
}

async function replaySpeed(configurationFile: string, dataDirectory: string): Promise<number> {
  const cli = fileURLToPath(import.meta.resolve('@waybill/standalone/cli'));
  const places = ['--config', configurationFile, '--data-dir', dataDirectory];
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'replay', '--json', ...places]);
  const { events_read: events, elapsed_ms: elapsedMs } = JSON.parse(stdout) as {
    events_read: number;
    elapsed_ms: number;
  };
  return events / (elapsedMs / 1000);
}

function report(): void {
  const floorRow = rows.get('minimal Node proxy')!;
  const table = [...rows.values()].map((row) => ({
    target: row.target,
    'p50 ms': fixed(row.sequentialP50Ms),
    'p99 ms': fixed(row.sequentialP99Ms),
    'added to floor, p50 ms': fixed((row.sequentialP50Ms ?? 0) - (floorRow.sequentialP50Ms ?? 0)),
    'first chunk p50 ms': fixed(row.firstChunkP50Ms),
    'calls/s at 64': rounded(row.callsPerSecond64),
    'of floor': fixed((row.callsPerSecond64 ?? 0) / (floorRow.callsPerSecond64 ?? 1)),
    'streams/s at 64': rounded(row.streamsPerSecond64),
    'streams, of floor': fixed((row.streamsPerSecond64 ?? 0) / (floorRow.streamsPerSecond64 ?? 1)),
    'MB idle / loaded': row.idleMegabytes ? `${rounded(row.idleMegabytes)} / ${rounded(row.loadedMegabytes)}` : '',
    'replay events/s': rounded(row.replayEventsPerSecond),
    failures: row.failures,
  }));
  const columns = Object.keys(table[0]!) as (keyof (typeof table)[number])[];
  const lines = [columns.join(' | '), columns.map(() => '---').join(' | ')];
  for (const row of table) lines.push(columns.map((column) => row[column]).join(' | '));
  process.stdout.write(`${lines.map((line) => `| ${line} |`).join('\n')}\n\n${JSON.stringify([...rows.values()])}\n`);
  if (flags.json !== undefined) void writeFile(flags.json, JSON.stringify([...rows.values()], null, 2));
}

function fixed(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}

function rounded(value: number | undefined): string {
  return value === undefined ? '' : String(Math.round(value));
}
