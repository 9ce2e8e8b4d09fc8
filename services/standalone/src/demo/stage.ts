// What the demo plays on: a simulator, a gateway and books of their own, all gone afterwards.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayProcess, startGatewayProcess } from '../processes/gateway.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../processes/simulator.ts';
import { demoConfiguration } from './configuration.ts';

export interface Stage {
  readonly folder: string;
  readonly configurationFile: string;
  readonly dataDirectory: string;
  readonly simulator: SimulatorProcess;
  gateway: GatewayProcess;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-demo-'));
  const simulator = await startSimulatorProcess();
  const configurationFile = join(folder, 'waybill.json');
  const dataDirectory = join(folder, 'books');
  await writeFile(configurationFile, JSON.stringify(demoConfiguration(simulator.url)));
  const gateway = await startGatewayProcess({ configurationFile, dataDirectory });
  return { folder, configurationFile, dataDirectory, simulator, gateway };
}

export async function closeStage({ gateway, simulator, folder }: Stage): Promise<void> {
  await gateway.stop();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
}
