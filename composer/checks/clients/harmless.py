"""What a reader does not miss: the letter is plainer without it, and says the same."""

from __future__ import annotations

#: caniemail's names. A feature that comes new into the table belongs here or into `BREAKING`.
HARMLESS = frozenset({
    # The look only: corners, shadows, films, colours of things that have one anyway.
    *(
        "css-accent-color", "css-animation", "css-at-font-face", "css-at-keyframes",
        "css-backdrop-filter", "css-background", "css-background-blend-mode",
        "css-background-color", "css-background-origin", "css-background-position",
        "css-background-repeat", "css-background-size", "css-border", "css-border-collapse",
        "css-border-image", "css-border-inline-block", "css-border-inline-block-individual",
        "css-border-inline-block-longhand", "css-border-radius", "css-border-radius-logical",
        "css-border-spacing", "css-box-shadow", "css-cursor", "css-empty-cells", "css-filter",
        "css-mix-blend-mode", "css-outline", "css-outline-offset", "css-resize",
        "css-scroll-snap", "css-shape-margin", "css-shape-outside", "css-text-shadow",
        "css-transition", "css-user-select", "css-caption-side", "css-rgb",
    ),
    # Questions to the screen: who cannot answer them gets the letter as it is without them.
    *(
        "css-at-media", "css-at-media-device-pixel-ratio", "css-at-media-hover",
        "css-at-media-orientation", "css-at-media-prefers-color-scheme",
        "css-at-media-prefers-reduced-motion", "css-at-supports", "css-color-scheme",
        "html-meta-color-scheme", "css-important", "css-comments",
    ),
    # Answers to the pointer and the keyboard.
    *(
        "css-pseudo-class-active", "css-pseudo-class-focus", "css-pseudo-class-focus-visible",
        "css-pseudo-class-focus-within", "css-pseudo-class-hover", "css-pseudo-class-link",
        "css-pseudo-class-target", "css-pseudo-class-visited", "css-pseudo-class-default",
    ),
    # Selectors: what they choose has been written into the elements, or is one of the above. MJML's
    # own menus and carousels use :checked and have a plain form.
    *(
        "css-pseudo-class-checked", "css-pseudo-class-first-child",
        "css-pseudo-class-first-of-type", "css-pseudo-class-has", "css-pseudo-class-lang",
        "css-pseudo-class-last-child", "css-pseudo-class-last-of-type", "css-pseudo-class-not",
        "css-pseudo-class-nth-child", "css-pseudo-class-nth-last-child",
        "css-pseudo-class-nth-last-of-type", "css-pseudo-class-nth-of-type",
        "css-pseudo-class-only-child", "css-pseudo-class-only-of-type",
        "css-pseudo-element-first-letter", "css-pseudo-element-first-line",
        "css-pseudo-element-marker", "css-pseudo-element-placeholder",
        "css-selector-adjacent-sibling", "css-selector-attribute", "css-selector-chaining",
        "css-selector-child", "css-selector-class", "css-selector-descendant",
        "css-selector-general-sibling", "css-selector-grouping", "css-selector-id",
        "css-selector-type", "css-selector-universal", "html-input-checkbox",
        "html-input-radio", "html-input-hidden", "html-style",
    ),
    # How letters and lines are set: they stay readable.
    *(
        "css-direction", "css-font", "css-font-kerning", "css-font-size",
        "css-font-size-adjust", "css-font-stretch", "css-font-weight",
        "css-hyphenate-character", "css-hyphenate-limit-chars", "css-hyphens",
        "css-letter-spacing", "css-line-height", "css-orphans", "css-overflow-wrap",
        "css-sytem-ui", "css-tab-size", "css-text-align", "css-text-align-last",
        "css-text-decoration", "css-text-decoration-color", "css-text-decoration-line",
        "css-text-decoration-skip-ink", "css-text-decoration-style",
        "css-text-decoration-thickness", "css-text-emphasis", "css-text-emphasis-position",
        "css-text-indent", "css-text-justify", "css-text-orientation", "css-text-overflow",
        "css-text-transform", "css-text-underline-offset", "css-text-underline-position",
        "css-text-wrap", "css-vertical-align", "css-white-space", "css-white-space-collapse",
        "css-widows", "css-word-break", "css-word-spacing", "css-word-wrap", "css-list-style",
        "css-list-style-image", "css-list-style-position", "css-list-style-type",
    ),
    # Limits and helpers of a box: it is as large as what it holds, and flex and grid are told of.
    *(
        "css-align-items", "css-aspect-ratio", "css-box-sizing", "css-clear",
        "css-column-layout-properties", "css-display", "css-display-none", "css-flex-wrap",
        "css-gap", "css-height", "css-inert-attribute", "css-justify-content",
        "css-left-right-top-bottom", "css-margin", "css-max-block-size", "css-max-height",
        "css-max-inline-size", "css-min-block-size", "css-min-height", "css-min-inline-size",
        "css-min-width", "css-object-position", "css-overflow", "css-padding",
        "css-table-layout", "css-unit-cm", "css-unit-em", "css-unit-ex", "css-unit-in",
        "css-unit-initial", "css-unit-mm", "css-unit-pc", "css-unit-percent", "css-unit-pt",
        "css-unit-px", "css-width", "css-z-index",
    ),
    # Elements and attributes whose words are shown all the same; a link to a place in the letter
    # leads to its top at worst.
    *(
        "html-abbr", "html-acronym", "html-address", "html-align", "html-anchor-links",
        "html-aria-describedby", "html-aria-hidden", "html-aria-label", "html-aria-labelledby",
        "html-aria-live", "html-background", "html-bdi", "html-blockquote", "html-body",
        "html-button-reset", "html-cellpadding", "html-cellspacing", "html-code",
        "html-comments", "html-del", "html-dfn", "html-dir", "html-div", "html-doctype",
        "html-h1-h6", "html-height", "html-hr", "html-img", "html-input-reset", "html-lang",
        "html-link", "html-lists", "html-loading-attribute", "html-mailto-links",
        "html-marquee", "html-p", "html-picture", "html-popover", "html-pre", "html-required",
        "html-role", "html-rp", "html-rt", "html-ruby", "html-semantics", "html-small",
        "html-span", "html-srcset", "html-strike", "html-strong", "html-table", "html-target",
        "html-valign", "html-wbr", "html-width",
    ),
    # Pictures that every program shows, a moving one at least its first frame.
    *(
        "image-apng", "image-gif", "image-jpg", "image-png",
    ),
})  # fmt: skip
