// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {EvidenceAnchor} from "../src/EvidenceAnchor.sol";
import {Foundry} from "./Foundry.sol";

/// @notice A fresh contract before each test, three keys of its own and a stranger.
abstract contract AnchorTest is Foundry {
    address internal constant ADMIN = address(0xAD);
    address internal constant ANCHORER = address(0xA0);
    address internal constant REGISTRAR = address(0x9E);
    address internal constant STRANGER = address(0x57);
    uint48 internal constant DELAY = 2 days;
    uint64 internal constant NOW = 1_800_000_000;
    uint64 internal constant HEIGHT = 4_000_000;

    bytes32 internal constant ROOT = keccak256("root");
    bytes32 internal constant OTHER_ROOT = keccak256("other root");
    bytes32 internal constant LEAF = keccak256("leaf");

    EvidenceAnchor internal notebook;
    bytes32 internal anchorRole;
    bytes32 internal registrarRole;

    function setUp() public virtual {
        vm.warp(NOW);
        vm.roll(HEIGHT);
        notebook = new EvidenceAnchor(DELAY, ADMIN, ANCHORER, REGISTRAR);
        anchorRole = notebook.ANCHOR_ROLE();
        registrarRole = notebook.REGISTRAR_ROLE();
    }

    function anchorAs(address sender, bytes32 root, uint64 size) internal {
        vm.prank(sender);
        notebook.anchor(root, size);
    }

    function revokeAs(address sender, bytes32 leaf, uint8 reason) internal {
        vm.prank(sender);
        notebook.revoke(leaf, reason);
    }

    function expectMissingRole(address account, bytes32 role) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, account, role
            )
        );
    }

    function assertAnchor(bytes32 root, uint64 time, uint64 size, uint64 height) internal view {
        (uint64 anchoredAt, uint64 knownSize, uint64 blockNumber) = notebook.anchorOf(root);
        vm.assertEq(anchoredAt, time, "block time");
        vm.assertEq(knownSize, size, "tree size");
        vm.assertEq(blockNumber, height, "block number");
    }

    function assertRevocation(bytes32 leaf, uint64 time, uint8 reason) internal view {
        (uint64 revokedAt, uint8 knownReason) = notebook.revocationOf(leaf);
        vm.assertEq(revokedAt, time, "revocation time");
        vm.assertEq(knownReason, reason, "reason");
    }

    /// @dev Without the optimiser a packed slot is written once for each of its fields.
    function assertOneSlotWritten() internal {
        (, bytes32[] memory writes) = vm.accesses(address(notebook));
        vm.assertTrue(writes.length != 0, "something is written");
        for (uint256 index = 1; index < writes.length; index++) {
            vm.assertEq(writes[index], writes[0]);
        }
    }
}
