import { FaultError, fault } from '@waybill/kernel';

const namePattern = /^(?!grpc-)(?!.*-bin$)[a-z0-9_.-]+$/;
const valuePattern = /^(?! )[\x20-\x7e]*(?<! )$/;

/** Throws `invalid` for metadata that HTTP headers could not carry, on every transport alike. */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (!namePattern.test(name))
      throw refused(name, 'its name must be lower case, and not begin with grpc- or end in -bin');
    if (!valuePattern.test(value)) throw refused(name, 'its value must be printable ASCII without spaces around it');
  }
}

function refused(name: string, rule: string): FaultError {
  return new FaultError(fault('invalid', `metadata ${JSON.stringify(name)}: ${rule}`, { details: { field: name } }));
}
