export interface Quote {
  nights: number;
  totalCents: number;
}

export async function fetchQuote(berth: string, arrival: string, departure: string): Promise<Quote> {
  const query = new URLSearchParams({ berth, arrival, departure });
  const response = await fetch(`/api/quote?${query}`);
  if (!response.ok) {
    throw new Error(`No quote for berth ${berth}: ${response.status}`);
  }
  return response.json();
}

export function showPrice(quote: Quote): string {
  return `${quote.nights} nights, ${(quote.totalCents / 100).toFixed(2)} EUR`;
}
