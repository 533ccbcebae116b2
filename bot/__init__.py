"""bot speaks GitHub: events, queue, rendering, the web receiver. It never imports `workers`."""
