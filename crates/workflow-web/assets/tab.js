// The Workflow tab’s own script. Every page works without it: it searches long lists while somebody
// types, where otherwise a button does, and shows what happens as it happens. It loads nothing but
// those lists and the page itself, from the tab.
"use strict";

const WAIT = 150;

/** An option of a select, or a check box with its label, as the page makes them. */
function choice(list, name, found) {
  const text = found.note ? `${found.label} (${found.note})` : found.label;
  if (list.tagName === "SELECT") {
    return new Option(text, found.value);
  }
  const label = document.createElement("label");
  label.className = "choice";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.name = name;
  box.value = found.value;
  const span = document.createElement("span");
  span.textContent = text;
  label.append(box, span);
  return label;
}

/** Shows what was found in one list. What is chosen, and the empty choice, stay. */
function show(list, name, found) {
  const isSelect = list.tagName === "SELECT";
  const valueOf = (item) => (isSelect ? item.value : item.querySelector("input").value);
  const stays = (item) =>
    isSelect ? item.selected || item.value === "" : item.querySelector("input").checked;
  const kept = new Set();
  for (const item of [...list.children]) {
    if (stays(item)) {
      kept.add(valueOf(item));
    } else {
      item.remove();
    }
  }
  for (const option of found.options) {
    if (!kept.has(option.value)) {
      list.append(choice(list, name, option));
    }
  }
}

function search(field) {
  const input = field.querySelector(".find input[type=search]");
  const state = field.querySelector(".find [role=status]");
  // The script searches, so the form does not carry the search.
  input.removeAttribute("name");
  field.querySelector(".find button").remove();
  field.querySelector(".find input[type=hidden]").remove();
  let timer = 0;
  let asked = 0;
  const look = async () => {
    const turn = (asked += 1);
    try {
      const url = `${field.dataset.pick}?q=${encodeURIComponent(input.value.trim())}`;
      const answer = await fetch(url, { headers: { accept: "application/json" } });
      if (!answer.ok || turn !== asked) {
        return;
      }
      const found = await answer.json();
      for (const list of field.querySelectorAll("select, .checks")) {
        show(list, field.dataset.name, found);
      }
      const count = found.options.length + found.more;
      state.textContent = found.more
        ? `${count} found, ${found.more} of them not shown.`
        : `${count} found.`;
    } catch {
      state.textContent = "The list could not be searched just now.";
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(timer);
      look();
    }
  });
}

for (const field of document.querySelectorAll("[data-pick]")) {
  search(field);
}
