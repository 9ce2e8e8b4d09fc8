import { formatUsd, type PicoUsd } from '@waybill/kernel';

/** The exact amount, such as $0.0005253. */
export function dollars(amount: PicoUsd): string {
  return amount < 0n ? `-$${formatUsd(-amount)}` : `$${formatUsd(amount)}`;
}
