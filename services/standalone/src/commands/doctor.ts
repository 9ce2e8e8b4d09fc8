// `waybill doctor`: is this machine set up so that the books can be trusted?
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Configuration } from '@waybill/config';
import { faultOf } from '@waybill/kernel';
import { type CommandDefinition, eventLogFile, type Finding, openRecord } from '@waybill/service';
import { services } from '../services.ts';

export const doctorCommand: CommandDefinition = {
  name: 'doctor',
  summary: 'check configuration, stores, clock and durability',
  async run({ configuration, json, print }) {
    const findings = [
      checkConfiguration(configuration),
      checkProviders(configuration),
      checkModels(configuration),
      checkOffline(configuration),
      await checkFolder(configuration),
      await checkLog(configuration),
      checkDurability(configuration),
      checkClock(),
      checkNode(),
      ...(await Promise.all(services.map(async (service) => (await service.diagnose?.(configuration)) ?? []))).flat(),
    ];
    const ok = findings.every((finding) => finding.ok);
    if (json) print(JSON.stringify({ ok, findings }));
    else for (const finding of findings) print(`${finding.ok ? 'ok  ' : 'FAIL'} ${finding.check}: ${finding.detail}`);
    return ok ? 0 : 1;
  },
};

/** It was read and checked before this command could run. */
function checkConfiguration({ file, models, budgets, limits }: Configuration): Finding {
  const counts = `${models.length} models, ${limits.length} limits, ${budgets.length} budgets`;
  return { check: 'configuration', ok: true, detail: `${file ?? 'built-in defaults'}: ${counts}` };
}

function checkProviders({ providers, callers }: Configuration): Finding {
  const names = providers.map(({ id, kind }) => `${id} (${kind})`).join(', ');
  return { check: 'providers', ok: providers.length > 0, detail: `${names}; callers: ${callers}` };
}

function checkModels({ models, unservedVersions }: Configuration): Finding {
  const pinned = models.filter(({ snapshot }) => snapshot.version !== undefined).length;
  const unserved =
    unservedVersions.length === 0 ? '' : `; in a registry, but not served: ${unservedVersions.join(', ')}`;
  return { check: 'models', ok: true, detail: `${pinned} of ${models.length} are pinned to a snapshot${unserved}` };
}

function checkOffline({ offline, storage }: Configuration): Finding {
  const folder = offline.folder ?? `${storage.dataDirectory}/recordings`;
  const detail = offline.mode === 'off' ? 'off' : `${offline.mode}: prompts and answers are kept in ${folder}`;
  return { check: 'offline', ok: true, detail };
}

async function checkFolder({ storage }: Configuration): Promise<Finding> {
  try {
    await mkdir(storage.dataDirectory, { recursive: true, mode: 0o700 });
    await access(storage.dataDirectory, constants.R_OK | constants.W_OK);
    return { check: 'data folder', ok: true, detail: storage.dataDirectory };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { check: 'data folder', ok: false, detail: `${reason}; set WAYBILL_DATA_DIR to a folder you own` };
  }
}

async function checkLog(configuration: Configuration): Promise<Finding> {
  const isDistributed = configuration.storage.distributed !== undefined;
  const file = eventLogFile(configuration);
  if (!isDistributed && !(await isThere(file))) {
    return { check: 'event log', ok: true, detail: `${file} does not exist yet` };
  }
  try {
    const record = await openRecord(configuration);
    const end = await record.events.end().finally(() => record.close());
    const place = isDistributed ? 'the archive in MongoDB' : file;
    return { check: 'event log', ok: true, detail: `${place} ends at position ${end}` };
  } catch (thrown) {
    return { check: 'event log', ok: false, detail: faultOf(thrown).message };
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function checkDurability({ storage }: Configuration): Finding {
  return { check: 'durability', ok: true, detail: durabilityOf(storage) };
}

function durabilityOf({ durability, distributed }: Configuration['storage']): string {
  if (distributed?.nats.requireSync) return 'NATS: servers that may not write each commit to disk at once are refused';
  if (distributed) return 'NATS: a power cut may take the last commits; remove require_sync: false';
  if (durability === 'power') return 'power: a commit outlives a power cut';
  return 'process: a commit outlives the process, but a power cut may take the last ones; set storage.durability: power';
}

const plausibleSince = Date.UTC(2026, 0, 1);

function checkClock(): Finding {
  const now = new Date();
  const ok = now.getTime() > plausibleSince;
  return { check: 'clock', ok, detail: ok ? now.toISOString() : `${now.toISOString()} is long past; set the clock` };
}

function checkNode(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24;
  return {
    check: 'node',
    ok,
    detail: ok ? process.version : `${process.version}; start through npm, which brings Node 24`,
  };
}
