export interface Quote {
  nights: number;
  totalCents: number;
}

export interface Wish {
  arrival: string;
  departure: string;
}

export async function fetchQuote(berth: string, arrival: string, departure: string): Promise<Quote> {
  const query = new URLSearchParams({ berth, arrival, departure });
  const response = await fetch(`/api/quote?${query}`);
  if (!response.ok) {
    throw new Error(`No quote for berth ${berth}: ${response.status}`);
  }
  return response.json();
}

export async function joinWaitingList(wish: Wish): Promise<void> {
  const response = await fetch("/api/waiting", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  if (!response.ok) {
    throw new Error(`The waiting list did not take the wish: ${response.status}`);
  }
}

export function showPrice(quote: Quote): string {
  const perNightCents = quote.nights > 0 ? quote.totalCents / quote.nights : 0;
  return `${quote.nights} nights, ${(quote.totalCents / 100).toFixed(2)} EUR (${(perNightCents / 100).toFixed(2)} a night)`;
}
