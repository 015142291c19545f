// Inside the preview: a look is tried on. The colour is darkened until white words can be read on it.
(() => {
  "use strict";
  const root = document.documentElement;
  const name = document.querySelector('[data-st="display_name"]').textContent;
  const marks = [...document.querySelectorAll("[data-st-logo-box]")].map((box) => [box, box.innerHTML]);

  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb) => 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  const readable = (hex) => {
    const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    for (let part = 0; part < 100; part += 4) {
      const dark = rgb.map((value) => Math.round(value * (100 - part) / 100));
      if (1.05 / (luminance(dark) + 0.05) >= 4.5) return `rgb(${dark})`;
    }
    return "#000";
  };
  const wear = (look) => {
    if (/^#[0-9a-f]{6}$/i.test(look.colour)) {
      for (const part of ["--cv-brand", "--cv-brand-strong", "--cv-brand-ink"]) root.style.setProperty(part, readable(look.colour));
      root.style.setProperty("--cv-ink-on", "#fff");
    }
    if (/^\d{1,2}$/.test(look.radius)) root.style.setProperty("--co-r", `${look.radius}px`);
    for (const text of document.querySelectorAll('[data-st="display_name"]')) text.textContent = look.display_name || name;
    if (look.receipt_footer !== undefined) document.querySelector('[data-st="receipt_footer"]').textContent = look.receipt_footer;
    for (const [box, before] of marks) {
      if (!look.logo) { box.innerHTML = before; continue; }
      box.textContent = "";
      if (look.logo === "none") continue;
      const image = document.createElement("img");
      image.className = "st-shop-logo";
      image.alt = "";
      image.src = look.logo;
      box.append(image);
    }
  };
  wear({ ...document.body.dataset, display_name: name });
  addEventListener("message", (event) => { if (event.origin === location.origin) wear(event.data); });
})();
