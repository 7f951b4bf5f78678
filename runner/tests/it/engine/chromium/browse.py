# Drives the browser behind an endpoint as an agent would: finds its WebSocket, opens a page by the endpoint, and opens it
# again by the WebSocket alone. Prints one line: the WebSocket, and the two titles or what stood in the way.
import json
import sys
import urllib.request

from playwright.sync_api import Error, sync_playwright

endpoint, address = sys.argv[1:]


def title(playwright, endpoint):
    try:
        browser = playwright.chromium.connect_over_cdp(endpoint, timeout=60_000)
        page = browser.new_context().new_page()
        page.goto(address)
        found = page.title()
        page.context.close()
        browser.close()
        return found
    except Error as error:
        return str(error).splitlines()[0]


with urllib.request.urlopen(endpoint + "/json/version", timeout=60) as answer:
    socket = json.load(answer)["webSocketDebuggerUrl"]
with sync_playwright() as playwright:
    print(json.dumps([socket, title(playwright, endpoint), title(playwright, socket)]))
