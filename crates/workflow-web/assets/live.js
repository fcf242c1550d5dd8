// What happens shows without a reload: the server says that something changed, the script fetches
// the same page again and puts what is new where it belongs. Without the script, and while nobody
// looks at the page, nothing of it happens.

/** The least time between two fetches of the page, in milliseconds. */
const GAP = 1000;
/** After how long a stream that was refused is asked for again. */
const LATER = 30000;

/** What an element is known by, so that it is found again in the page of now. */
function known(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    return node.nodeName;
  }
  const own = (one) => one.id || one.getAttribute("href") || one.getAttribute("action") || "";
  let name = own(node);
  if (!name && ["LI", "TR", "TBODY"].includes(node.nodeName)) {
    const first = node.querySelector("[id], a[href], form[action]");
    name = first ? own(first) : "";
  }
  return `${node.nodeName} ${name}`;
}

/** Makes one node what another is. What stays keeps its focus, and a detail stays open. */
function renew(node, next) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== next.nodeValue) {
      node.nodeValue = next.nodeValue;
    }
    return;
  }
  const kept = (name) => name === "open" && node.nodeName === "DETAILS";
  for (const { name } of [...node.attributes]) {
    if (!next.hasAttribute(name) && !kept(name)) {
      node.removeAttribute(name);
    }
  }
  for (const { name, value } of [...next.attributes]) {
    if (node.getAttribute(name) !== value && !kept(name)) {
      node.setAttribute(name, value);
    }
  }
  renewChildren(node, next);
}

/** Gives an element the children of another: those that are known are kept and renewed. */
function renewChildren(node, next) {
  const wanted = [...next.childNodes].map((child) => [known(child), child]);
  const names = new Set(wanted.map(([name]) => name));
  for (const child of [...node.childNodes]) {
    if (!names.has(known(child))) {
      child.remove();
    }
  }
  let at = node.firstChild;
  for (const [name, child] of wanted) {
    let found = at;
    while (found && known(found) !== name) {
      found = found.nextSibling;
    }
    if (!found) {
      node.insertBefore(document.importNode(child, true), at);
      continue;
    }
    if (found === at) {
      at = at.nextSibling;
    } else {
      node.insertBefore(found, at);
    }
    renew(found, child);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** Whether somebody is at something here that must not change under their hands. */
function isBusy(region) {
  const fields = "input:not([type=hidden]), textarea, select";
  const focused = document.activeElement;
  if (focused && region.contains(focused) && focused.matches(fields)) {
    return true;
  }
  if (region.querySelector("details.menu[open]")) {
    return true;
  }
  const isTouched = (field) => {
    if (field.nodeName === "SELECT") {
      const usual = [...field.options].findIndex((one) => one.defaultSelected);
      return field.selectedIndex !== Math.max(0, usual);
    }
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked && !field.matches(".nav-open");
    }
    return field.value !== field.defaultValue;
  };
  return [...region.querySelectorAll(fields)].some(isTouched);
}

/** What the page says of how things stand, by what each of it is about. */
function standing(root) {
  const said = new Map();
  for (const one of root.querySelectorAll("[data-live-says]")) {
    const text = one.textContent.replace(/\s+/g, " ").trim();
    const about = one.dataset.liveSays;
    said.set(about || one.getAttribute("href"), about ? `${about}: ${text}` : text);
  }
  return said;
}

function follow(main) {
  const address = new URL(main.dataset.live, location.href);
  let source = null;
  let timer = 0;
  let last = -Infinity;
  let isWanted = false;
  let isFetching = false;
  let isLeaving = false;

  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  const held = document.createElement("div");
  held.className = "notice live-held";
  held.hidden = true;
  const words = document.createElement("p");
  words.textContent = "Something on this page has changed. ";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "Show what is new";
  words.append(button);
  held.append(words);
  main.prepend(status, held);

  const regions = () => [...document.querySelectorAll("[data-live-region]")];
  const region = (root, name) => root.querySelector(`[data-live-region="${name}"]`);

  const say = (before, after) => {
    const news = [...after].filter(([about, text]) => before.get(about) !== text);
    const texts = [...new Set(news.map(([, text]) => text))];
    if (texts.length) {
      const more = texts.length > 3 ? ` And ${texts.length - 3} more.` : "";
      status.textContent = `${texts.slice(0, 3).join(". ")}.${more}`;
    }
  };

  /** Puts in place what may be; says whether all of it was. */
  const place = (page, isAsked) => {
    const before = standing(document);
    const focused = document.activeElement;
    let isWhole = true;
    for (const now of regions()) {
      const next = region(page, now.dataset.liveRegion);
      if (!next) {
        continue;
      }
      if (!isAsked && isBusy(now)) {
        isWhole = false;
      } else {
        renew(now, next);
      }
    }
    if (focused !== document.activeElement) {
      // What was moved lost the focus; where it is gone, the keyboard goes on from the content.
      (focused.isConnected ? focused : main).focus({ preventScroll: true });
    }
    say(before, standing(document));
    return isWhole;
  };

  const refresh = async (isAsked) => {
    isWanted = false;
    isFetching = true;
    try {
      const answer = await fetch(location.href, {
        headers: { accept: "text/html", "workflow-live": "1" },
        redirect: "error",
        cache: "no-store",
      });
      if (answer.ok && !isLeaving) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const isWhole = isLeaving || place(page, isAsked);
        if (!isWhole && held.hidden) {
          status.textContent = words.firstChild.textContent.trim();
        }
        held.hidden = isWhole;
      }
    } catch {
      // The stream opens again by itself, and says then what was missed.
    }
    isFetching = false;
    last = performance.now();
    if (isWanted) {
      soon();
    }
  };

  const soon = () => {
    isWanted = true;
    if (isFetching || isLeaving || document.hidden || timer) {
      return;
    }
    const wait = last + GAP * (1 + Math.random() / 2) - performance.now();
    timer = setTimeout(() => {
      timer = 0;
      if (isWanted && !isLeaving && !document.hidden) {
        refresh(false);
      }
    }, Math.max(0, wait));
  };

  const told = (event) => {
    address.searchParams.set("after", event.lastEventId);
    soon();
  };

  const close = () => {
    source?.close();
    source = null;
  };

  const open = () => {
    if (source || isLeaving || document.hidden) {
      return;
    }
    source = new EventSource(address);
    source.addEventListener("open", () => main.setAttribute("data-live-open", ""));
    source.addEventListener("changed", told);
    source.addEventListener("reload", told);
    source.addEventListener("error", () => {
      main.removeAttribute("data-live-open");
      // What was lost is opened again by the browser; what was refused is not.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, LATER * (1 + Math.random()));
      }
    });
  };

  button.addEventListener("click", () => refresh(true));
  // What was in the way may be done with.
  const again = () => {
    if (!held.hidden && !regions().some(isBusy)) {
      soon();
    }
  };
  document.addEventListener("focusout", () => setTimeout(again));
  document.addEventListener("toggle", again, true);
  // A form that is sent is the form that was looked at.
  document.addEventListener("submit", () => {
    isLeaving = true;
    close();
  });
  // A browser opens few connections to one server, so a page that nobody sees keeps none.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      open();
      if (isWanted) {
        soon();
      }
    }
  });
  addEventListener("pagehide", () => {
    isLeaving = true;
    close();
  });
  addEventListener("pageshow", (event) => {
    isLeaving = false;
    open();
    if (event.persisted) {
      soon();
    }
  });
  open();
}

for (const main of document.querySelectorAll("main[data-live]")) {
  follow(main);
}
