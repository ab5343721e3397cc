"""The scanning field: typed, by a hardware scanner, and by the camera with the WebAssembly reader."""

import os

import barcode
import pytest
from playwright.sync_api import expect

from tests.web.browser import FLAGS, PHONE, assert_axe_clean, assert_fits, find_chromium, scan, sign_in

pytestmark = pytest.mark.browser
EAN = "3701204551073"
WIDTH, HEIGHT = 640, 480
MODULE = 4


def film(path):
    """A short film of a barcode held still, as Chromium's pretended camera shows it."""
    (bits,) = barcode.get("ean13", EAN[:12]).build()
    line = bytearray([235]) * WIDTH
    start = (WIDTH - len(bits) * MODULE) // 2
    for index, bit in enumerate(bits):
        if bit == "1":
            line[start + index * MODULE : start + (index + 1) * MODULE] = bytes([16]) * MODULE
    blank = bytes([235]) * WIDTH
    luma = blank * 120 + bytes(line) * (HEIGHT - 240) + blank * 120
    frame = b"FRAME\n" + luma + bytes([128]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420jpeg\n".encode() + frame * 10)
    return path


def test_the_page_may_run_webassembly_and_nothing_more(owner):
    policy = owner.get("/test/scan/")["Content-Security-Policy"]

    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "wasm" not in owner.get("/test/audit/")["Content-Security-Policy"]


def test_typing_and_enter(open_browser):
    page = open_browser(size=PHONE)
    page.goto("/test/scan/")
    assert_axe_clean(page)
    assert_fits(page)
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("123")


def test_a_hardware_scanner_types_into_the_field_from_anywhere(open_browser):
    page = open_browser(size=PHONE)
    page.goto("/test/scan/")
    page.evaluate("document.activeElement.blur()")
    scan(page, EAN)
    expect(page.locator("#said")).to_have_text(EAN)


def test_without_javascript_the_field_is_a_form(open_browser):
    page = open_browser(size=PHONE, javascript=False)
    page.goto("/test/scan/")
    page.get_by_label("Barcode").fill("123")
    page.keyboard.press("Enter")

    expect(page.locator("#said")).to_have_text("123")


def test_the_camera_reads_without_a_reader_of_the_browser(live, chromium, tmp_path):
    flags = [
        *FLAGS,
        f"--use-file-for-fake-video-capture={film(tmp_path / 'ean.y4m')}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    browser = chromium.browser_type.launch(executable_path=find_chromium(), args=flags)
    try:
        page = browser.new_context(base_url=live.url, permissions=["camera"]).new_page()
        page.add_init_script("delete window.BarcodeDetector")
        sign_in(page, live.person())
        page.goto("/test/scan/")
        page.locator("[data-camera]").click()
        expect(page.locator("#said")).to_have_text(EAN, timeout=60_000)
    finally:
        browser.close()
