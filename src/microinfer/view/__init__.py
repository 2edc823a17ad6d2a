"""Pictures and pages: SVG, charts, HTML, traces."""
