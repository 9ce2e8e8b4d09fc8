// Asks Vault for the fields that a configuration takes from it.
import { fault, faultOf, type Result } from '@waybill/kernel';
import { openVault, parseFieldReference, readField, type Vault } from '@waybill/vault';
import { vaultSection } from '../sections/vault.ts';
import type { VaultFields } from './interpolate.ts';

/** Never rejects: a field that is not to be had has its reason in its place. Undefined when no Vault can be asked. */
export async function askVault(settings: unknown, names: readonly string[]): Promise<VaultFields | undefined> {
  const { data } = vaultSection.safeParse(settings);
  if (data?.login === undefined) return undefined;
  const { login } = data;
  const vault = opened(() => openVault({ ...data, login }));
  const ask = async (name: string) => [name, vault.ok ? await fieldFrom(vault.value, name) : vault] as const;
  try {
    return new Map(await Promise.all(names.map(ask)));
  } finally {
    if (vault.ok) await vault.value.close();
  }
}

function opened(open: () => Vault): Result<Vault> {
  try {
    return { ok: true, value: open() };
  } catch (thrown) {
    return { ok: false, fault: faultOf(thrown) };
  }
}

async function fieldFrom(vault: Vault, name: string): Promise<Result<string>> {
  const reference = parseFieldReference(name);
  if (reference === undefined) {
    const message = 'that is no place there; write mount/path#field, such as secret/waybill/openai#api_key';
    return { ok: false, fault: fault('invalid', message) };
  }
  try {
    return { ok: true, value: await readField(vault, reference) };
  } catch (thrown) {
    return { ok: false, fault: faultOf(thrown) };
  }
}
