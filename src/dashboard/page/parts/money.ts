const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })

/** @param cents of US dollars. @returns "$25.00" */
export function dollars(cents: number): string {
  return money.format(cents / 100)
}
