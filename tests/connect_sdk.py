"""Runs LG's own ThinQ Connect SDK, unmodified, through every step against the simulator.

Started by connect_sdk.rs inside a network namespace in which LG's names lead to the simulator.
Arguments: the program with the `simulate` command, the file for the root certificate.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid

MQTT_HOST = "simulated-ats.iot.ap-northeast-2.amazonaws.com"
PATIENCE_S = 30


def start_simulator(program, root_path):
    simulator = subprocess.Popen(
        [
            program,
            "simulate",
            "--connect",
            "--speed=0",
            "--connect-address=127.0.0.1:443",
            "--mqtt-address=127.0.0.2:443",
            f"--mqtt-server=mqtts://{MQTT_HOST}:8883",
            f"--root-certificate={root_path}",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    return simulator, json.loads(simulator.stdout.readline())


class Panel:
    """The simulator's own calls."""

    def __init__(self, address):
        self.address = address

    def post(self, path, body):
        return self._open(path, json.dumps(body).encode())

    def client(self, client_id):
        clients = self._open("simulate/clients", None)
        return next(client for client in clients if client["id"] == client_id)

    async def until(self, client_id, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition(client := self.client(client_id)):
            assert time.monotonic() < deadline, f"client stays {client}"
            await asyncio.sleep(0.02)
        return client

    def _open(self, path, body):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.address + path, body)) as response:
            return json.load(response)


async def drive(addresses):
    # After the root certificate is there: the SDK reads it when it is imported.
    import thinqconnect
    from aiohttp import ClientSession
    from thinqconnect import ThinQApi, ThinQAPIException
    from thinqconnect.mqtt_client import ThinQMQTTClient

    panel = Panel(addresses["hubUrl"])
    connect = addresses["connect"]
    client_id = f"thinq-open-{uuid.uuid4()}"
    loop = asyncio.get_running_loop()
    messages = asyncio.Queue()

    def on_message(topic, payload, **_kwargs):
        loop.call_soon_threadsafe(messages.put_nowait, (topic, json.loads(payload)))

    async def next_message():
        return await asyncio.wait_for(messages.get(), PATIENCE_S)

    async with ClientSession() as session:
        api = ThinQApi(session, connect["token"], connect["country"], client_id)

        devices = await api.async_get_device_list()
        assert [device["deviceId"] for device in devices] == [
            device["id"] for device in addresses["devices"]
        ]
        profiles = {}
        for device in devices:
            device_id, info = device["deviceId"], device["deviceInfo"]
            profiles[device_id] = await api.async_get_device_profile(device_id)
            state = await api.async_get_device_status(device_id)
            assert state, device
            model_of(thinqconnect, info["deviceType"])(
                thinq_api=api,
                device_id=device_id,
                device_type=info["deviceType"],
                model_name=info.get("modelName", ""),
                alias=info["alias"],
                group_id="",
                reportable=info["reportable"],
                profile=profiles[device_id],
            ).update_status(state)

        mqtt = await ThinQMQTTClient(
            api,
            client_id,
            on_message_received=on_message,
            on_connection_interrupted=lambda *_args, **_kwargs: None,
            on_connection_success=lambda *_args, **_kwargs: None,
            on_connection_failure=lambda *_args, **_kwargs: None,
            on_connection_closed=lambda *_args, **_kwargs: None,
        )
        assert mqtt.mqtt_server == MQTT_HOST
        assert await mqtt.async_prepare_mqtt()

        cooler = of_type(devices, "DEVICE_AIR_CONDITIONER")
        washer = of_type(devices, "DEVICE_WASHER")
        for device_id in (cooler, washer):
            await api.async_post_push_subscribe(device_id)
            await api.async_post_event_subscribe(device_id)
        await api.async_post_push_devices_subscribe()
        assert await api.async_get_push_devices_list() == [client_id]
        assert len(await api.async_get_push_list()) == 2
        assert len(await api.async_get_event_list()) == 2
        try:
            await api.async_post_push_subscribe(washer)
            raise AssertionError("a second subscription of pushes is an error")
        except ThinQAPIException as error:
            assert error.code == "1207", error

        await mqtt.async_connect_mqtt()
        assert mqtt.is_connected
        topic = mqtt.topic_subscription
        await panel.until(client_id, lambda client: client["topics"] == [topic])

        push = {"deviceId": washer, "pushCode": "WASHING_IS_COMPLETE"}
        panel.post("simulate/push", push)
        received_topic, message = await next_message()
        assert received_topic == topic
        assert message["pushType"] == "DEVICE_PUSH", message
        assert message["pushCode"] == "WASHING_IS_COMPLETE", message

        command = {"temperature": {"targetTemperature": 21}}
        await api.async_post_device_control(cooler, command)
        _topic, message = await next_message()
        assert message["pushType"] == "DEVICE_STATUS", message
        assert message["deviceId"] == cooler, message
        assert message["report"] == command, message
        await panel.until(client_id, lambda client: client["acknowledged"] == 2)

        # The session is kept while the connection is down, and the SDK comes back by itself.
        panel.post("simulate/fault", {"fault": "mqtt-down"})
        await panel.until(client_id, lambda client: not client["isConnected"])
        panel.post("simulate/push", push)
        panel.post("simulate/fault", {"fault": "none"})
        _topic, message = await next_message()
        assert message["pushCode"] == "WASHING_IS_COMPLETE", message
        client = await panel.until(client_id, lambda client: client["acknowledged"] == 3)
        assert client["connections"] == 2, client

        energy = await api.async_get_device_energy_profile(washer)
        assert energy["result"]["property"] == ["energyUsage"], energy
        usage = await api.async_get_device_energy_usage(
            washer, "energyUsage", "DAILY", "20241001", "20241003"
        )
        days = usage["result"]["dataList"]
        assert [day["usedDate"] for day in days] == ["20241001", "20241002", "20241003"], days
        usage = await api.async_get_device_energy_usage(
            washer, "energyUsage", "MONTHLY", "202409", "202410"
        )
        assert len(usage["result"]["dataList"]) == 2, usage

        for device_id in (cooler, washer):
            await api.async_delete_event_subscribe(device_id)
            await api.async_delete_push_subscribe(device_id)
        await api.async_delete_push_devices_subscribe()
        await mqtt.async_disconnect()
        client = await panel.until(client_id, lambda client: not client["isRegistered"])
        assert client["pushes"] == client["events"] == [], client


def of_type(devices, device_type):
    return next(
        device["deviceId"]
        for device in devices
        if device["deviceInfo"]["deviceType"] == device_type
    )


def model_of(thinqconnect, device_type):
    """`DEVICE_DISH_WASHER` is `DishWasherDevice`."""
    words = device_type.removeprefix("DEVICE_").lower().split("_")
    return getattr(thinqconnect, "".join(map(str.capitalize, words)) + "Device")


def main():
    program, root_path = sys.argv[1:]
    simulator, addresses = start_simulator(program, root_path)
    try:
        assert addresses["connect"]["rootCertificate"] == root_path, addresses
        os.environ["SSL_CERT_FILE"] = root_path
        asyncio.run(asyncio.wait_for(drive(addresses), 4 * PATIENCE_S))
    finally:
        simulator.terminate()
        simulator.wait()


main()
